import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const room = join(import.meta.dirname, '..')
const modules = join(room, '../../node_modules')

describe('what is published', () => {
  const place = mkdtempSync(join(tmpdir(), 'onbehalf-sdk-'))
  const [out, user] = [join(place, 'dist'), join(place, 'user')]
  const installed = join(user, 'node_modules/@onbehalf/sdk')

  /** As `npm run build` does, into a place of its own; then as npm packs it, and as somebody else has it. */
  beforeAll(async () => {
    await run(process.execPath, [join(modules, 'typescript/bin/tsc'), '-p', join(room, 'tsconfig.build.json'), '--outDir', out])
    await run(process.execPath, [join(room, 'write-package.ts'), out])
    const { stdout } = await run('npm', ['pack', '--json', '--dry-run', '--offline', '--cache', join(place, 'cache')], { cwd: out })
    for (const path of filesIn(stdout)) {
      mkdirSync(dirname(join(installed, path)), { recursive: true })
      cpSync(join(out, path), join(installed, path))
    }
    mkdirSync(join(user, 'node_modules/@opentelemetry'))
    symlinkSync(join(modules, '@opentelemetry/api'), join(user, 'node_modules/@opentelemetry/api'))
    writeFileSync(join(user, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(user, 'program.ts'), `
      import { agent, Denied, headers, type Decision } from '@onbehalf/sdk'
      const bot = agent({ iss: 'https://agents.example', sub: 'refund-bot' })
      const permit: Decision = { effect: 'permit' }
      const result: number = await bot.session({ initiator: { sub: 'anna' } }, () => bot.action('a', { decide: () => permit }, async () => 41 + Object.keys(headers()).length))
      // @ts-expect-error an effect is one of four
      await bot.action('b', { decide: () => ({ effect: 'maybe' }) }, () => 1).catch((error: unknown) => { if (!(error instanceof Denied)) throw error })
      console.log(JSON.stringify(result))
    `)
  }, 60_000)
  afterAll(() => rmSync(place, { recursive: true, force: true }))

  test('is JavaScript, types and documents, and no source or test', () => {
    const names = readdirSync(installed)
    expect(names).toEqual(expect.arrayContaining(['index.js', 'index.d.ts', 'package.json', 'README.md', 'ATTRIBUTES.md', 'LICENSE']))
    expect(names.filter((name) => !/^[a-z0-9-]+(\.js|\.d\.ts)$|^package\.json$|^README\.md$|^ATTRIBUTES\.md$|^LICENSE$/.test(name))).toEqual([])
    expect(names.filter((name) => name.includes('test'))).toEqual([])
    for (const name of names.filter((each) => each.endsWith('.js'))) expect(readFileSync(join(installed, name), 'utf8'), name).not.toMatch(/from '\.\/[^']+\.ts'/)
  })

  test('runs in a plain Node, with the types that it has', async () => {
    await compiled(['program.ts'])
    const { stdout, stderr } = await run(process.execPath, ['program.js'], { cwd: user })
    expect([stdout, stderr]).toEqual(['41\n', ''])
  })

  test.each(['libs/sdk/README.md', 'docs/sources/sdk.md'])('the lines to copy in %s run as they stand, all of them', async (document) => {
    const text = readFileSync(join(room, '../..', document), 'utf8')
    const blocks = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!)
    expect(blocks.length).toBeGreaterThanOrEqual(3)
    const surroundings = `
      import { agent as agentOf } from '@onbehalf/sdk'
      const args = { order: '881', amount: 49 }
      const stripe = { refunds: { create: async (given: object) => ({ id: 're_1', ...given }) } }
      const anna = { iss: 'https://login.example', sub: 'anna', kind: 'user' } as const
      const refundBot = agentOf({ iss: 'https://agents.example', sub: 'refund-bot' })
      const request = { headers: { baggage: 'onbehalf.session.id=ses-1' } }
      const url = 'data:application/json,{}'
      const client = { callTool: async (_: { name: string; arguments: object; _meta: object }) => ({ content: [] }) }
      const opa = async (_: object) => true
      // What a block does not use is no mistake.
      void [args, stripe, anna, refundBot, request, url, client, opa]
    `
    for (const [i, block] of blocks.entries()) writeFileSync(join(user, `block-${i}.ts`), surroundings + block)
    await compiled(blocks.map((_, i) => `block-${i}.ts`))
    const ran = await Promise.all(blocks.map((_, i) => run(process.execPath, [`block-${i}.js`], { cwd: user })))
    expect(ran.map(({ stdout, stderr }) => stdout + stderr)).toEqual(blocks.map(() => ''))
  })

  async function compiled(programs: readonly string[]): Promise<void> {
    await run(process.execPath, [
      join(modules, 'typescript/bin/tsc'), '--outDir', '.', '--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024',
      '--types', join(modules, '@types/node'), ...programs,
    ], { cwd: user }).catch((error: { stdout: string }) => expect.unreachable(error.stdout))
  }
})

/** npm has written an object by name since version 11, a list before. */
function filesIn(packed: string): string[] {
  const [one] = Object.values(JSON.parse(packed) as Record<string, { files: { path: string }[] }>)
  return one!.files.map(({ path }) => path)
}

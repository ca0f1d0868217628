import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { exampleOf } from '@onbehalf/events'
import { RunningGateway, token } from '@onbehalf/gateway/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCli } from '../cli.ts'
import { createTerminal } from '../terminal/terminal.ts'
import { commands } from './index.ts'

let gateway: RunningGateway
let dir: string
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'onbehalf-import-'))
  gateway = await new RunningGateway().start()
})
afterEach(async () => {
  await gateway.stop()
  rmSync(dir, { recursive: true })
})

const example = exampleOf('action.requested')
const line = (id: number): string => JSON.stringify({ ...example, id: `e-${id}` })
const text = (count: number): string => Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('')
const ids = () => gateway.journal.map(({ value }) => JSON.parse(value!.toString()).id as string)
const env = (port = gateway.port) => ({ ONBEHALF_DATA_DIR: join(dir, 'none'), ONBEHALF_URL: 'http://127.0.0.1:1', ONBEHALF_OTLP_HTTP_PORT: String(port), ONBEHALF_TOKEN: token })

async function typed(argv: string[], port?: number) {
  const written = { out: '', err: '' }
  const terminal = createTerminal({ out: { write: (said) => (written.out += said) }, err: { write: (said) => (written.err += said) }, env: {} })
  const code = await runCli(['import', ...argv], { commands, env: env(port), terminal })
  return { code, ...written }
}

function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

test.each<[string, (plain: string) => string | Uint8Array]>([
  ['events.ndjson', (plain) => plain], ['events.ndjson.gz', gzipSync], ['events.ndjson.zst', zstdCompressSync],
])('%s', async (name, pack) => {
  expect(await typed([fileOf(name, pack(text(3_000)))])).toMatchObject({ code: 0, out: `3,000 events accepted.\nposition onbehalf.embedded/0@${16 + 3_000}\n` })
  expect(new Set(ids()).size).toBe(3_000)
})

test('refused lines are named, the others are taken, and it ends with 2', async () => {
  const path = fileOf('mixed.ndjson', `${line(1)}\nnope\n${line(2)}\n${JSON.stringify({ ...example, time: 1 })}\n`)
  const { code, out, err } = await typed([path])
  expect([code, out]).toEqual([2, '2 events accepted, 2 refused.\nposition onbehalf.embedded/0@18\n'])
  expect(err).toContain('line 2: must be JSON')
  expect(err).toContain('line 4: /time ')
  const lines = (await typed([path, '--json'])).out.trim().split('\n').map((each) => JSON.parse(each))
  expect(lines).toEqual([{ refused: { line: 2, path: '', rule: expect.any(String) } }, { refused: { line: 4, path: '/time', rule: expect.any(String) } }, { lines: 4, accepted: 2, refused: 2, position: expect.any(String) }])
})

test('goes on by itself when the line breaks, and nothing is lost', { timeout: 60_000 }, async () => {
  const proxy = await cuttingProxy(600_000, 2)
  try {
    // Random text does not pack, so that the cut is in the middle.
    const { code, out } = await typed([fileOf('long.ndjson', text(6_000))], (proxy.address() as AddressInfo).port)
    expect(code).toBe(0)
    expect(out).toMatch(/events accepted\.\nposition onbehalf\.embedded/)
    expect(new Set(ids()).size).toBe(6_000)
  } finally {
    proxy.close()
  }
})

test('from the standard input, and from a line on', async () => {
  const child = spawn(process.execPath, [new URL('../../bin/onbehalf.mjs', import.meta.url).pathname, 'import', '-', '--from-line', '3', '--json'], { env: { PATH: process.env['PATH'], ...env() } })
  child.stdin.end(gzipSync(text(5)))
  const out = (await child.stdout.setEncoding('utf8').toArray()).join('')
  expect(JSON.parse(out)).toMatchObject({ lines: 5, accepted: 3, refused: 0 })
  expect(ids()).toEqual(['e-2', 'e-3', 'e-4'])
})

test('when it cannot go on it says from which line to', async () => {
  await gateway.stop()
  gateway = await new RunningGateway().start({ limits: { import_outage_ms_max: 50, import_step_lines_max: 10 } }, { produceTimeoutMs: 50 })
  const { journal } = gateway
  const path = fileOf('a.ndjson', text(2_000))
  // The stream goes away after the first steps.
  const watch = setInterval(() => {
    if (journal.length >= 20) gateway.held ??= []
  }, 1)
  const { code, err } = await typed([path, '--retries', '0'])
  clearInterval(watch)
  gateway.held!.forEach((batch) => batch.committed())
  expect(code).toBe(3)
  expect(err.replaceAll(/\s+/g, ' ')).toMatch(/Everything up to line \d+ is dealt with .* go on with --from-line \d+/)
})

test.each([
  [['/nowhere.ndjson'], 2, 'cannot be read (ENOENT)'],
  [['x', '--from-line', '0'], 2, '--from-line must be a whole number from 1'],
  [['x', '--retries', 'many'], 2, '--retries must be a whole number from 0'],
])('wrong usage: %j', async (argv, code, said) => {
  const answer = await typed(argv)
  expect(answer.code).toBe(code)
  expect(answer.err.replaceAll(/\s+/g, ' ')).toContain(said)
})

/** Cuts the first connections after so many bytes. */
function cuttingProxy(bytesMax: number, cuts: number): Promise<Server> {
  let left = cuts
  const proxy = createServer((client) => {
    const server = connect(gateway.port, '127.0.0.1')
    const cut = left-- > 0
    let bytes = 0
    client.on('data', (chunk) => {
      bytes += chunk.length
      server.write(chunk)
      if (cut && bytes > bytesMax) {
        client.destroy()
        server.destroy()
      }
    })
    server.on('data', (chunk) => client.write(chunk))
    for (const [one, other] of [[client, server], [server, client]] as const) one.on('error', () => other.destroy()).on('close', () => other.destroy())
  })
  return new Promise((resolve) => proxy.listen(0, '127.0.0.1', () => resolve(proxy)))
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDataDir, readInstance, sharedBootstrapToken, type InstanceFile } from './data-dir.ts'
import { processBirth } from './process-birth.ts'

let root = ''
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'onbehalf-data-dir-')), 'data')
})
afterEach(() => rmSync(join(root, '..'), { recursive: true, force: true }))

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

/** Another process that holds the directory until it is killed. */
async function holdElsewhere() {
  const code = `
    import { openDataDir } from ${JSON.stringify(new URL('./data-dir.ts', import.meta.url).href)}
    setInterval(() => {}, 1000)
    try { await openDataDir(${JSON.stringify(root)}); console.log('held') } catch (error) { console.log(error.code, error.message); process.exit(2) }`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  const [said] = await once(child.stdout, 'data')
  return { child, exit, said: String(said).trim() }
}

describe('the lock', () => {
  test('starting twice is refused with the pid of the other, in one process and across two', async () => {
    const { child, exit } = await holdElsewhere()
    await expect(openDataDir(root)).rejects.toMatchObject({ code: 'data_dir_in_use', details: { pid: child.pid }, message: expect.stringContaining(`process ${child.pid}`) })
    child.kill('SIGKILL')
    await exit
    const held = await openDataDir(root)
    await expect(openDataDir(root)).rejects.toMatchObject({ details: { pid: process.pid } })
    const other = await holdElsewhere()
    expect(other.said).toContain(`process ${process.pid}`)
    await other.exit
    held.release()
  })

  test('a lock of a killed process is taken over, also if its number was given to another', async () => {
    const { child, exit } = await holdElsewhere()
    child.kill('SIGKILL')
    await exit
    const first = await openDataDir(root)
    const lock = JSON.parse(readFileSync(join(root, 'lock'), 'utf8'))
    first.release()
    expect(existsSync(join(root, 'lock'))).toBe(false)
    writeFileSync(join(root, 'lock'), JSON.stringify({ ...lock, birth: 'another boot/1' }))
    const second = await openDataDir(root)
    second.release()
  })

  test('a lock from another place (a container) holds as long as it is touched', async () => {
    const held = await openDataDir(root)
    held.release()
    writeFileSync(join(root, 'lock'), JSON.stringify({ pid: 1, birth: 'x', place: 'another machine' }))
    await expect(openDataDir(root)).rejects.toMatchObject({ details: { pid: 1 } })
  })

  test('of twenty that come at once for a stale lock, one gets it', async () => {
    const { child, exit } = await holdElsewhere()
    child.kill('SIGKILL')
    await exit
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => openDataDir(root)))
    const held = results.filter((result) => result.status === 'fulfilled')
    expect(held).toHaveLength(1)
    held[0]!.value.release()
  })

  test('rubbish in its place is no holder', async () => {
    const held = await openDataDir(root)
    held.release()
    writeFileSync(join(root, 'lock'), '\0\0')
    ;(await openDataDir(root)).release()
  })
})

describe('the token', () => {
  test('is made once, has 256 bits, and survives restarts', async () => {
    const first = await openDataDir(root)
    expect(first.tokenIsNew).toBe(true)
    expect(Buffer.from(first.bootstrapToken, 'base64url')).toHaveLength(32)
    first.release()
    const second = await openDataDir(root)
    expect(second).toMatchObject({ bootstrapToken: first.bootstrapToken, tokenIsNew: false })
    second.release()
    expect(sharedBootstrapToken(root, null)).toBe(first.bootstrapToken)
    expect(mode(join(root, 'bootstrap-token'))).toBe('600')
    expect(mode(root)).toBe('700')
  })

  test('one that is given is used and not stored', async () => {
    const held = await openDataDir(root, { bootstrapToken: 'a-token-of-my-own' })
    expect(held).toMatchObject({ bootstrapToken: 'a-token-of-my-own', tokenIsNew: false })
    expect(existsSync(join(root, 'bootstrap-token'))).toBe(false)
    held.release()
  })
})

describe('the instance file', () => {
  const instance: InstanceFile = { api_url: 'http://127.0.0.1:4700', otlp_http_url: 'http://127.0.0.1:4318', otlp_grpc_url: null, token: 't', pid: 1, version: '0.1.0', started_at: '2026-11-24T09:00:00Z' }

  test('is there from ready to a clean stop, for its owner alone', async () => {
    const held = await openDataDir(root)
    expect(readInstance(root)).toBeNull()
    held.writeInstance(instance)
    expect(readInstance(root)).toEqual(instance)
    expect(mode(join(root, 'instance.json'))).toBe('600')
    held.release()
    expect(readInstance(root)).toBeNull()
  })

  test('of a killed process is removed at the next start', async () => {
    const held = await openDataDir(root)
    held.release()
    writeFileSync(join(root, 'instance.json'), JSON.stringify(instance))
    const next = await openDataDir(root)
    expect(readInstance(root)).toBeNull()
    next.release()
  })
})

test('a directory that cannot be made is an error with its name', async () => {
  const held = await openDataDir(root)
  await expect(openDataDir(join(root, 'bootstrap-token', 'below'))).rejects.toMatchObject({ code: 'data_dir_unusable' })
  held.release()
})

test('a process has one birth, and none when it is gone', async () => {
  expect(processBirth(process.pid)).toBe(processBirth(process.pid))
  const child = spawn(process.execPath, ['-e', ''])
  const { pid } = child
  await once(child, 'exit')
  expect(processBirth(pid!)).toBeNull()
})

import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts'
import { createClient } from './pool.ts'
import { isAlive } from './process-identity.ts'

const asRoot = process.getuid?.() === 0

describe('embedded PostgreSQL', () => {
  const servers: EmbeddedPostgres[] = []
  const dirs: string[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop()
    for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
  })
  const freshDir = () => {
    const dir = mkdtempSync(join(tmpdir(), 'onbehalf-embedded-'))
    dirs.push(dir)
    return dir
  }
  const start = async (dir: string) => {
    const server = await startEmbeddedPostgres({ dir })
    servers.push(server)
    return server
  }
  const ask = async (server: EmbeddedPostgres, sql: string) => {
    const client = createClient({ url: server.url })
    await client.connect()
    try {
      return (await client.query(sql)).rows[0]
    } finally {
      await client.end()
    }
  }

  test('J30: starts, keeps its data and its password, is durable, and listens on loopback alone', async () => {
    const dir = freshDir()
    const first = await start(dir)
    await ask(first, 'create table kept as select 42 as n')
    expect(await ask(first, `select current_setting('fsync') f, current_setting('synchronous_commit') s, current_setting('full_page_writes') w,
      current_setting('listen_addresses') l, current_setting('unix_socket_directories') u, pg_encoding_to_char(encoding) e
      from pg_database where datname = current_database()`)).toEqual({ f: 'on', s: 'on', w: 'on', l: '127.0.0.1', u: '', e: 'UTF8' })
    expect(statSync(join(dir, 'password')).mode & 0o777).toBe(0o600)
    await first.stop()
    expect(existsSync(join(dir, 'launcher.json'))).toBe(false)
    const second = await start(dir)
    expect(new URL(second.url).password).toBe(new URL(first.url).password)
    expect(await ask(second, 'select n from kept')).toEqual({ n: 42 })
    await expect(createClient({ url: second.url.replace(/:[^:@]+@/, ':wrong@') }).connect()).rejects.toMatchObject({ code: '28P01' })
    // A crash, and what was committed.
    await ask(second, 'insert into kept values (43)')
    await second.kill()
    expect(await ask(await start(dir), 'select count(*) n from kept')).toEqual({ n: 2 })
  })

  test('J31: a second start on the directory of a living process is refused with its pid', async () => {
    const dir = freshDir()
    await start(dir)
    await expect(startEmbeddedPostgres({ dir })).rejects.toMatchObject({ code: 'embedded_postgres_in_use', details: { pid: process.pid } })
  })

  test('J32: what a killed process has left behind is stopped, and starting goes on', async () => {
    const dir = freshDir()
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', `
      const { startEmbeddedPostgres } = await import(${JSON.stringify(new URL('./embedded-postgres.ts', import.meta.url).href)})
      const server = await startEmbeddedPostgres({ dir: ${JSON.stringify(dir)} })
      console.log(server.pid)
      setInterval(() => {}, 1000)`], { stdio: ['ignore', 'pipe', 'inherit'] })
    const pid = await new Promise<number>((resolve) => child.stdout.on('data', (chunk) => resolve(Number(chunk))))
    expect(isAlive(pid)).toBe(true)
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    const server = await start(dir)
    expect(isAlive(pid)).toBe(false)
    expect(await ask(server, 'select 1 as n')).toEqual({ n: 1 })
  })

  test('J33: a pid file whose number belongs to another process by now is not believed', async () => {
    const dir = freshDir()
    await (await start(dir)).kill()
    servers.pop()
    const file = join(dir, 'data/postmaster.pid')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(process.pid)))
    writeFileSync(join(dir, 'launcher.json'), JSON.stringify({ pid: process.pid, started_at: 'another boot' }))
    expect(await ask(await start(dir), 'select 1 as n')).toEqual({ n: 1 })
  })

  test('J34: a directory below one that only its owner may enter', async () => {
    const closed = freshDir()
    chmodSync(closed, 0o700)
    const server = await start(join(closed, 'a/b'))
    expect(await ask(server, 'select 1 as n')).toEqual({ n: 1 })
    if (asRoot) expect(statSync(join(closed, 'a/b/data')).uid).not.toBe(0)
  })

  test('J34: an ordinary user, with a directory of its own', async () => {
    const dir = freshDir()
    const home = join(dir, 'home')
    mkdirSync(home)
    chmodSync(dir, 0o755)
    const script = `
      const { startEmbeddedPostgres } = await import(${JSON.stringify(new URL('./embedded-postgres.ts', import.meta.url).href)})
      const server = await startEmbeddedPostgres({ dir: ${JSON.stringify(home)} })
      console.log('up')
      await server.stop()`
    const args = ['--input-type=module-typescript', '-e', script]
    if (asRoot) chownSync(home, 65534, 65534)
    const done = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: '/', ...(asRoot && readableByAll() && { uid: 65534, gid: 65534 }) })
    expect(done.stdout, done.stderr).toBe('up\n')
    expect(done.status).toBe(0)
    if (!asRoot) return
    // Root goes on with it as that user.
    const server = await start(home)
    expect(statSync(join(home, 'data')).uid).toBe(65534)
    expect(await ask(server, 'select 1 as n')).toEqual({ n: 1 })
  })

  test('J35: data of another version are refused and left alone', async () => {
    const dir = freshDir()
    await (await start(dir)).stop()
    servers.pop()
    writeFileSync(join(dir, 'data/PG_VERSION'), '11\n')
    await expect(startEmbeddedPostgres({ dir })).rejects.toMatchObject({ code: 'embedded_postgres_version' })
    expect(existsSync(join(dir, 'launcher.json'))).toBe(false)
  })

  test('J36: a setting that PostgreSQL does not take is told in its own words', async () => {
    await expect(startEmbeddedPostgres({ dir: freshDir(), flags: { shared_buffers: 'much' } }))
      .rejects.toMatchObject({ code: 'embedded_postgres_failed', message: expect.stringContaining('shared_buffers') })
  })
})

/** In a clone below a closed directory no other user can run this very file. */
function readableByAll(): boolean {
  return spawnSync('cat', [fileURLToPath(import.meta.url)], { uid: 65534, gid: 65534 }).status === 0
}

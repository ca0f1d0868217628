import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ask, itemsOf, findDataDir, findServer } from './server.ts'

const token = 'a-token-of-the-instance'
let dir: string
const closing: (() => unknown)[] = []

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'onbehalf-cli-')))
  closing.push(() => rmSync(dir, { recursive: true }))
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function instance(fields: object = {}): Record<string, string> {
  const content = { api_url: 'http://127.0.0.1:4711', otlp_http_url: 'http://127.0.0.1:4712', otlp_grpc_url: null, token, pid: process.pid, version: '0', started_at: '' }
  writeFileSync(join(dir, 'instance.json'), JSON.stringify({ ...content, ...fields }))
  return { ONBEHALF_DATA_DIR: dir }
}

test('the instance file of the data directory says where the server is', () => {
  expect(findServer(instance())).toMatchObject({ apiUrl: 'http://127.0.0.1:4711', gatewayUrl: 'http://127.0.0.1:4712', token })
})

test('ONBEHALF_URL and ONBEHALF_TOKEN come first', () => {
  expect(findServer({ ...instance(), ONBEHALF_URL: 'https://audit.example/', ONBEHALF_TOKEN: 'another-token-here' })).toMatchObject({
    apiUrl: 'https://audit.example', gatewayUrl: 'https://audit.example:4318', token: 'another-token-here',
  })
})

test('the token of an instance is never sent to another server', () => {
  expect(() => findServer({ ...instance(), ONBEHALF_URL: 'https://audit.example' })).toThrow('ONBEHALF_URL is set, and ONBEHALF_TOKEN is not.')
  expect(findServer({ ...instance(), ONBEHALF_URL: 'http://127.0.0.1:4711' }).token).toBe(token)
})

test('nothing runs, or what ran is gone', () => {
  expect(() => findServer({ ONBEHALF_DATA_DIR: dir })).toThrow(`Nothing runs on ${dir}.`)
  expect(() => findServer(instance({ pid: 2 ** 22 + 1 }))).toThrow(`The instance of ${dir} (process ${2 ** 22 + 1}) is gone.`)
})

test('the default data directory is looked for upwards, one that was named is not', () => {
  const inner = join(dir, 'a', 'b')
  mkdirSync(inner, { recursive: true })
  mkdirSync(join(dir, '.onbehalf'))
  const before = process.cwd()
  closing.push(() => process.chdir(before))
  process.chdir(inner)
  expect(findDataDir({ dataDir: '.onbehalf' }, {})).toBe(join(dir, '.onbehalf'))
  expect(findDataDir({ dataDir: '.onbehalf' }, { ONBEHALF_DATA_DIR: '.onbehalf' })).toBe(join(inner, '.onbehalf'))
  expect(findDataDir({ dataDir: '.no-such-directory' }, {})).toBe(join(inner, '.no-such-directory'))
})

async function serving(answers: { status: number; body: unknown; headers?: Record<string, string> }[]) {
  const seen: (string | undefined)[] = []
  const server: HttpServer = createServer((request, response) => {
    seen.push(request.headers.authorization)
    const { status, body, headers = {} } = answers[Math.min(seen.length, answers.length) - 1]!
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { seen, url, server: { apiUrl: url, gatewayUrl: url, token, tokenFrom: '' } }
}

test('an answer is its JSON, asked for with the token', async () => {
  const { server, url, seen } = await serving([{ status: 200, body: { a: 1 } }])
  expect(await ask(server, url)).toEqual({ a: 1 })
  expect(seen).toEqual([`Bearer ${token}`])
})

test('a problem document becomes an error of its code, with its fields and its advice', async () => {
  const { server, url } = await serving([{ status: 422, body: { code: 'invalid', detail: 'It is wrong.', next: 'Mend it.', errors: [{ index: 1 }] } }])
  await expect(ask(server, url)).rejects.toMatchObject({ code: 'invalid', message: 'It is wrong.', next: 'Mend it.', exitCode: 2, details: { errors: [{ index: 1 }] } })
})

test.each([[401, 'unauthenticated', 3], [403, 'forbidden', 3], [404, 'not_found', 3], [502, 'not_ready', 3], [400, 'bad_request', 2]])(
  '%i without a document is %s', async (status, code, exitCode) => {
    const { server, url } = await serving([{ status, body: '<html>' }])
    await expect(ask(server, url)).rejects.toMatchObject({ code, exitCode })
  })

test('what asks to be tried again is, as often as wanted', async () => {
  const busy = { status: 503, body: { code: 'stream_unavailable', detail: 'busy' }, headers: { 'retry-after': '0' } }
  const { server, url, seen } = await serving([busy, busy, { status: 200, body: {} }])
  expect(await ask(server, url, { retries: 2 })).toEqual({})
  expect(seen.length).toBe(3)
  const never = await serving([busy])
  await expect(ask(never.server, never.url, { retries: 1 })).rejects.toMatchObject({ code: 'stream_unavailable' })
  expect(never.seen.length).toBe(2)
})

test('a redirect is not followed with the token', async () => {
  const { seen, url: elsewhere } = await serving([{ status: 200, body: {} }])
  const { server, url } = await serving([{ status: 302, body: '', headers: { location: elsewhere } }])
  await expect(ask(server, url)).rejects.toMatchObject({ code: 'server_unreachable' })
  expect(seen).toEqual([])
})

test('nobody there', async () => {
  const { server, url } = await serving([{ status: 200, body: {} }])
  await closing.pop()!()
  await expect(ask(server, url)).rejects.toMatchObject({ code: 'server_unreachable', exitCode: 3 })
})

test('a list is read page after page, and a link to another server is not followed with the token', async () => {
  const { server, seen } = await serving([
    { status: 200, body: { items: [1, 2] }, headers: { link: '</v1/findings?cursor=x>; rel="next"' } },
    { status: 200, body: { items: [3] } },
  ])
  expect(await all(itemsOf(server, '/v1/findings'))).toEqual([1, 2, 3])
  expect(seen.length).toBe(2)
  const elsewhere = await serving([{ status: 200, body: { items: [9] } }])
  const sly = await serving([{ status: 200, body: { items: [1] }, headers: { link: `<${elsewhere.url}/v1/findings>; rel="next"` } }])
  expect(await all(itemsOf(sly.server, '/v1/findings'))).toEqual([1])
  expect(elsewhere.seen).toEqual([])
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = []
  for await (const item of items) read.push(item)
  return read
}

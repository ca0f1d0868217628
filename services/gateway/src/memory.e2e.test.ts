import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, gzipSync } from 'node:zlib'
import { exampleOf } from '@onbehalf/events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { jsonSpans, protoSpans } from './testing/otlp-requests.ts'
import { token } from './testing/running-gateway.ts'

/** Memory is of a process: so the gateway is one of its own here, and the client is not in it. */
let child: ChildProcess
let lines: AsyncIterator<string>
let url = ''
beforeEach(async () => {
  child = spawn(process.execPath, [new URL('./testing/gateway-process.ts', import.meta.url).pathname], { stdio: ['pipe', 'pipe', 'inherit'] })
  lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  url = (await said<{ url: string }>()).url
})
afterEach(async () => {
  const gone = once(child, 'exit')
  child.stdin!.end()
  await gone
})

const said = async <T>(): Promise<T> => JSON.parse((await lines.next()).value) as T
function memory(): Promise<{ peak: number; committed: number }> {
  child.stdin!.write('\n')
  return said()
}

const MiB = 1_048_576

/** Streams a body, and answers the status and the last line of the answer. */
function post(path: string, body: Readable | Buffer, headers: Record<string, string>): Promise<{ status: number; last: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${token}`, ...headers } }, (response) => {
      void response.setEncoding('utf8').toArray().then((parts) => resolve({ status: response.statusCode!, last: parts.join('').trimEnd().split('\n').at(-1)! }), reject)
    })
    sent.on('error', reject)
    if (body instanceof Readable) void pipeline(body, sent).catch(reject)
    else sent.end(body)
  })
}

/** Just below 64 MiB, of spans with 4 KiB each. */
function largest(make: typeof protoSpans | typeof jsonSpans): Buffer {
  const span = (i: number) => ({ spanId: (i + 1).toString(16).padStart(16, '0'), attributes: { text: 'x'.repeat(4_000) } })
  return Buffer.from(make(Array.from({ length: 15_700 }, (_, i) => span(i))))
}

/** What one request of 64 MiB may cost: its body in pieces and as a whole, its records, and what is not collected yet. */
const growthMax = 384 * MiB

test.each([['application/x-protobuf', protoSpans], ['application/json', jsonSpans]] as const)('requests of 64 MiB, one after the other, %s', { timeout: 120_000 }, async (type, make) => {
  const body = largest(make)
  expect(body.length).toBeGreaterThan(60 * MiB)
  expect(body.length).toBeLessThanOrEqual(64 * MiB)
  const before = await memory()
  for (let i = 0; i < 3; i++) expect(await post('/v1/traces', body, { 'content-type': type })).toMatchObject({ status: 200 })
  const after = await memory()
  expect(after.committed).toBe(3 * 15_700)
  expect((after.peak - before.peak) / MiB).toBeLessThan(growthMax / MiB)
})

test('gzip bombs', { timeout: 120_000 }, async () => {
  const bomb = gzipSync(Buffer.alloc(1_000 * MiB))
  const before = await memory()
  for (let i = 0; i < 3; i++) expect(await post('/v1/traces', bomb, { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' })).toMatchObject({ status: 413 })
  expect(((await memory()).peak - before.peak) / MiB).toBeLessThan(growthMax / MiB)
})

test('an import that is much larger than what it may hold, packed', { timeout: 120_000 }, async () => {
  const example = exampleOf('action.requested')
  const text = JSON.stringify({ ...example, data: { ...example.data, arguments: 'x'.repeat(8_000) } })
  const line = (i: number) => `${text.replace(example.id, `e-${i}`)}\n`
  const count = 40_000
  async function* file() {
    for (let i = 0; i < count; i += 100) yield Array.from({ length: 100 }, (_, j) => line(i + j)).join('')
  }
  const before = await memory()
  const packed = Readable.from(file()).pipe(createGzip({ level: 1 }))
  const { status, last } = await post('/v1/import', packed, { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' })
  expect(status).toBe(200)
  expect(JSON.parse(last)).toMatchObject({ done: true, lines: count, accepted: count })
  expect(count * text.length).toBeGreaterThan(256 * MiB)
  expect(((await memory()).peak - before.peak) / MiB).toBeLessThan(128)
})

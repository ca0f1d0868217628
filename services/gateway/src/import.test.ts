import { once } from 'node:events'
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { exampleOf } from '@onbehalf/events'
import type { createEmbeddedStream } from '@onbehalf/stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GatewayDeps } from './gateway.ts'
import type { ImportEvent } from './import-log.ts'
import { RunningGateway, token } from './testing/running-gateway.ts'

let gateway: RunningGateway
let recorded: [tenant: string, event: ImportEvent][]
beforeEach(async () => {
  recorded = []
  gateway = await new RunningGateway().start({ recordImport })
})
afterEach(() => gateway.stop())

const recordImport: GatewayDeps['recordImport'] = async (tenant, event) => void recorded.push([tenant, event])
const example = exampleOf('action.requested')
const line = (id: string): string => JSON.stringify({ ...example, id })
const lines = (count: number): string => Array.from({ length: count }, (_, i) => `${line(`e-${i}`)}\n`).join('')
const ids = () => gateway.journal.map(({ value }) => JSON.parse(value!.toString()).id as string)

async function send(body: string | Uint8Array, headers: Record<string, string> = {}, query = '') {
  const response = await fetch(`${gateway.url}/v1/import${query}`, {
    method: 'POST', body: body as NonNullable<RequestInit['body']>, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson', ...headers },
  })
  const text = await response.text()
  if (response.status !== 200) return { status: response.status, said: [JSON.parse(text)], last: JSON.parse(text) }
  expect(response.headers.get('content-type')).toBe('application/x-ndjson')
  const said = text.trimEnd().split('\n').map((each) => JSON.parse(each))
  return { status: 200, said, last: said.at(-1) }
}

/** A request whose body is written piece by piece. */
function open(headers: Record<string, string> = {}): { sent: ClientRequest; answer: Promise<IncomingMessage> } {
  const sent = httpRequest(`${gateway.url}/v1/import`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson', ...headers } })
  sent.on('error', () => undefined)
  return { sent, answer: once(sent, 'response').then(([response]) => response as IncomingMessage) }
}

describe('an import', () => {
  test.each<[string, (text: string) => string | Uint8Array, Record<string, string>]>([
    ['plain', (text) => text, {}],
    ['gzip', (text) => gzipSync(text), { 'content-encoding': 'gzip' }],
    ['zstd', (text) => zstdCompressSync(text), { 'content-encoding': 'zstd' }],
  ])('%s: every line is an entry, as its bytes were, and the last line says that it is done', async (_, pack, headers) => {
    const spaced = `\n  ${line('spaced')}\t\r\n`
    const { said, last } = await send(pack(lines(2_500) + spaced), headers)
    expect(said[0]).toEqual({ import_id: expect.any(String), from_line: 1 })
    expect(last).toEqual({ done: true, import_id: said[0].import_id, lines: 2_502, accepted: 2_501, refused: 0, position: `onbehalf.embedded/0@${17 + 2_500}` })
    expect(gateway.journal).toHaveLength(2_501)
    expect(gateway.journal.at(-1)!.value!.toString()).toBe(line('spaced'))
  })

  test('refused lines are told one by one, and the others are taken', async () => {
    const { said, last } = await send(`${line('a')}\n{"specversion":\n${line('b')}\n${JSON.stringify({ ...example, time: 'yesterday' })}\n${'x'.repeat(1_100_000)}\n${line('c')}`)
    expect(said.filter((each) => 'line' in each)).toEqual([
      { line: 2, errors: [expect.objectContaining({ code: 'unparsable', rule: 'must be JSON (RFC 8259)' })] },
      { line: 4, errors: [expect.objectContaining({ code: 'invalid', path: '/time' })] },
      { line: 5, errors: [expect.objectContaining({ code: 'too_large', rule: expect.stringContaining('1048576') })] },
    ])
    expect(last).toMatchObject({ done: true, lines: 6, accepted: 3, refused: 3 })
    expect(ids()).toEqual(['a', 'b', 'c'])
  })

  test('the list of refused lines is bounded, their number is told', async () => {
    await restart({ limits: { import_refusals_listed_max: 2 } })
    const { said, last } = await send('{}\n'.repeat(50))
    expect(said.filter((each) => 'line' in each)).toHaveLength(2)
    expect(last).toMatchObject({ done: true, lines: 50, accepted: 0, refused: 50, position: '' })
  })

  test('goes on where it broke', async () => {
    const { said, last } = await send(lines(10), {}, '?from_line=8')
    expect(said[0].from_line).toBe(8)
    expect(last).toMatchObject({ done: true, lines: 10, accepted: 3 })
    expect(ids()).toEqual(['e-7', 'e-8', 'e-9'])
    expect((await send(lines(3), {}, '?from_line=9')).last).toMatchObject({ done: true, lines: 3, accepted: 0 })
  })

  test('beginning and end are written down, under the name that the key gives', async () => {
    const { said } = await send(lines(3), { 'idempotency-key': 'site-north' })
    const import_id = said[0].import_id as string
    expect(import_id).toMatch(/^site-north\/[0-9a-f]{8}$/)
    expect(recorded).toEqual([
      ['default', { type: 'import.started', data: { import_id, producer: 'default' } }],
      ['default', { type: 'import.ended', data: { import_id, lines: 3, refused: 0 } }],
    ])
    // Each attempt is one of its own.
    expect((await send(lines(3), { 'idempotency-key': 'site-north' })).said[0].import_id).not.toBe(import_id)
  })

  test.each<[string, string | Uint8Array, Record<string, string>, string, number, string]>([
    ['no credential', '', { authorization: '' }, '', 401, 'unauthenticated'],
    ['another media type', '[]', { 'content-type': 'application/json' }, '', 415, 'unsupported_media_type'],
    ['a bad line number', '', {}, '?from_line=0', 400, 'invalid_request'],
    ['a bad key', '', { 'idempotency-key': 'a b' }, '', 400, 'idempotency_key_invalid'],
    ['an unknown packing', '', { 'content-encoding': 'br' }, '', 415, 'unsupported_encoding'],
  ])('is refused before it begins: %s', async (_, body, headers, query, status, code) => {
    expect(await send(body, headers, query)).toMatchObject({ status, last: { code } })
    expect(recorded).toEqual([])
  })

  test('is not begun when that cannot be written down', async () => {
    await restart({ recordImport: () => Promise.reject(new Error('no database')) })
    expect(await send(lines(1))).toMatchObject({ status: 503, last: { code: 'database_unavailable' } })
    expect(gateway.journal).toEqual([])
  })

  test('tells what is wrong in the middle, and what was taken until then', async () => {
    const packed = gzipSync(lines(5_000))
    const { status, last } = await send(packed.subarray(0, -20), { 'content-encoding': 'gzip' })
    expect(status).toBe(200)
    expect(last).toMatchObject({ done: false, error: { code: 'unparsable' } })
    expect(last.accepted).toBe(gateway.journal.length)
    expect(recorded.at(-1)).toEqual(['default', { type: 'import.ended', data: { import_id: last.import_id, lines: last.lines, refused: 0 } }])
  })
})

describe('a long import', () => {
  test('says how far it is while more is still to come', async () => {
    const { sent, answer } = open()
    sent.write(lines(1_000))
    const response = await answer
    const progressed = Promise.withResolvers<void>()
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.includes('"lines":')) progressed.resolve()
    })
    // Said at most every half second, so steps go on until one is.
    const timer = setInterval(() => sent.write(lines(1_000)), 100)
    await progressed.promise
    clearInterval(timer)
    expect(text).not.toContain('"done"')
    sent.end()
    await once(response, 'end')
    expect(JSON.parse(text.trimEnd().split('\n').at(-1)!)).toMatchObject({ done: true })
  })

  test('holds its client back while the stream takes nothing', async () => {
    gateway.held = []
    const { sent } = open()
    const piece = lines(1_000)
    let written = 0
    // Until the socket takes no more for a while: what fits in the buffers of both ends and a few steps.
    for (;;) {
      const drained = once(sent, 'drain')
      written += piece.length
      if (!sent.write(piece) && await Promise.race([drained.then(() => false), new Promise((resolve) => setTimeout(resolve, 500, true))])) break
      expect(written).toBeLessThan(64 * 1_048_576)
    }
    expect(gateway.held.length).toBeLessThanOrEqual(2)
    gateway.held.forEach((batch) => batch.committed())
    gateway.held = null
    sent.destroy()
  })

  test('waits for a stream that is away for a while', async () => {
    await restart({ recordImport }, { produceTimeoutMs: 100 })
    gateway.held = []
    const answer = send(lines(3))
    await new Promise((resolve) => setTimeout(resolve, 400))
    gateway.held.forEach((batch) => batch.committed())
    gateway.held = null
    expect((await answer).last).toMatchObject({ done: true, accepted: 3 })
    expect(new Set(ids())).toEqual(new Set(['e-0', 'e-1', 'e-2']))
  })

  test('breaks off when the stream stays away, and says from where to go on', async () => {
    await restart({ recordImport, limits: { import_outage_ms_max: 300, import_step_lines_max: 2 } }, { produceTimeoutMs: 50 })
    const { sent, answer } = open()
    sent.write(lines(2))
    const response = await answer
    await expect.poll(() => gateway.journal.length).toBe(2)
    gateway.held = []
    sent.end(lines(4))
    const text = (await response.setEncoding('utf8').toArray()).join('')
    expect(JSON.parse(text.trimEnd().split('\n').at(-1)!)).toMatchObject({ done: false, lines: 2, accepted: 2, error: { code: 'stream_unavailable' } })
    gateway.held.forEach((batch) => batch.committed())
  })

  test('ends when the client goes away, with what was taken', async () => {
    await restart({ recordImport, limits: { import_step_lines_max: 10 } })
    const { sent, answer } = open()
    sent.write(lines(20))
    await answer
    await expect.poll(() => gateway.journal.length).toBe(20)
    sent.destroy()
    await expect.poll(() => recorded.at(-1)).toMatchObject(['default', { type: 'import.ended', data: { lines: 20, refused: 0 } }])
    expect(await gateway.metrics.render()).toContain('onbehalf_gateway_in_flight_bytes 0')
  })

  test('ends when nothing comes any more', async () => {
    await restart({ recordImport, limits: { import_idle_ms_max: 100 } })
    const { sent, answer } = open()
    sent.write(lines(2))
    const text = (await (await answer).setEncoding('utf8').toArray()).join('')
    expect(JSON.parse(text.trimEnd().split('\n').at(-1)!)).toMatchObject({ done: false, error: { code: 'request_timeout' } })
    sent.destroy()
  })

  test('ends when the server stops', async () => {
    const { sent, answer } = open()
    sent.write(lines(2))
    const response = await answer
    const stopped = gateway.stop()
    sent.write(lines(2_000))
    const text = (await response.setEncoding('utf8').toArray()).join('')
    expect(JSON.parse(text.trimEnd().split('\n').at(-1)!)).toMatchObject({ done: false, error: { code: 'stopping' } })
    sent.destroy()
    await stopped
    expect(recorded.at(-1)![1].type).toBe('import.ended')
    gateway = await new RunningGateway().start()
  })
})

async function restart(deps: Partial<GatewayDeps>, streamConfig: Parameters<typeof createEmbeddedStream>[0] = {}) {
  await gateway.stop()
  gateway = await new RunningGateway().start(deps, streamConfig)
}

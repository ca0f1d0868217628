import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { exampleOf, read } from '@onbehalf/events'
import { createAuthenticate, createMetrics, newApiKey, silentLogger, type Credential } from '@onbehalf/runtime'
import { createEmbeddedStream, embeddedTopic, type StreamRecord } from '@onbehalf/stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createGateway, type Gateway } from './gateway.ts'

const bootstrapToken = 'a-token-for-tests-only'
/**
 * Producers of tenant `default`: `slow` may send four records at once, and then one in 100 s, which no machine is slow
 * enough to see; `brisk` 800, and then two a second.
 */
const rates: Record<string, number | null> = { slow: 0.01, brisk: 2, free: null, default: null }
const limits = { rate_burst_s: 400 }

let journal: StreamRecord[]
let url: string
let stop: () => Promise<unknown>
let gateway: Gateway
const keys = new Map<string, Credential>()

beforeEach(async () => {
  journal = []
  keys.clear()
  const stream = createEmbeddedStream({ idleMs: 20 })
  const consumer = stream.consumer([embeddedTopic], {
    assigned: async () => 0n,
    batch: async (batch) => {
      journal.push(...batch.records)
      batch.committed()
    },
    end: async () => {}, revoked: async () => {}, outOfRange: async () => 'stop',
  })
  await consumer.start()
  const producer = stream.producer(embeddedTopic)
  const registrations = {
    hasTenant: (tenant: string) => tenant === 'default', hasProducer: (tenant: string, id: string) => tenant === 'default' && id in rates,
    maySpeakFor: () => true, rateOf: (_tenant: string, id: string) => rates[id] ?? null,
  }
  const authenticate = createAuthenticate({
    bootstrapToken, registrations,
    credentials: { find: async (prefix) => keys.get(prefix) ?? null, onChange: () => undefined, inStepMs: () => performance.now(), used: () => undefined },
  })
  gateway = createGateway({ producer, authenticate, registrations, read, logger: silentLogger(), metrics: createMetrics(), host: '127.0.0.1', limits })
  await gateway.http.ready()
  gateway.http.server.listen(0, '127.0.0.1')
  await once(gateway.http.server, 'listening')
  url = `http://127.0.0.1:${(gateway.http.server.address() as AddressInfo).port}`
  stop = () => Promise.all([gateway.http.close(), producer.stop(), consumer.stop()])
})
afterEach(() => stop())

function keyOf(producer: string): string {
  const { key, prefix, digest } = newApiKey()
  keys.set(prefix, { tenant: 'default', roles: ['producer'], producer, digest, expiresAtMs: null, revokedAtMs: null })
  return key
}

const batchOf = (count: number, changes: object = {}) => JSON.stringify(Array.from({ length: count }, (_, i) => ({ ...exampleOf('action.requested'), id: `e-${i}`, ...changes })))

async function post(key: string, body: string, { path = '/v1/events', type = 'application/cloudevents-batch+json', headers = {} as Record<string, string> } = {}) {
  const response = await fetch(`${url}${path}`, { method: 'POST', body, headers: { authorization: `Bearer ${key}`, 'content-type': type, ...headers } })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: /json/.test(response.headers.get('content-type') ?? '') && !/ndjson/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined }
}
const left = (answer: { headers: Headers }) => Number(/^"producer";r=(\d+);t=\d+$/.exec(answer.headers.get('ratelimit') ?? '')?.[1])

describe('a producer with a rate', () => {
  test('hears what it has left in every answer, and 429 with the time to wait when that is nothing', async () => {
    const key = keyOf('slow')
    const first = await post(key, batchOf(3))
    expect(first.status).toBe(202)
    expect(first.headers.get('ratelimit-policy')).toBe('"producer";q=4;w=400;onbehalf-unit="events"')
    expect(left(first)).toBe(1)
    const second = await post(key, batchOf(3))
    expect([second.status, left(second)]).toEqual([202, 0])
    const third = await post(key, batchOf(1))
    expect(third.body).toMatchObject({ status: 429, code: 'rate_limited', rate_per_s: 0.01, 'violated-policies': ['producer'] })
    expect(third.headers.get('content-type')).toContain('application/problem+json')
    const retryAfter = Number(third.headers.get('retry-after'))
    expect(retryAfter).toBeGreaterThanOrEqual(1)
    expect(third.headers.get('ratelimit')).toBe(`"producer";r=0;t=${retryAfter}`)
    expect(journal).toHaveLength(6)
  })

  test('who waits as long as told comes in', async () => {
    const key = keyOf('brisk')
    await post(key, batchOf(805))
    const refused = await post(key, batchOf(1))
    expect(refused.status).toBe(429)
    await new Promise((resolve) => setTimeout(resolve, Number(refused.headers.get('retry-after')) * 1_000))
    expect((await post(key, batchOf(1))).status).toBe(202)
  })

  test('is counted by records, and those that are refused cost as much as those that are taken', async () => {
    const key = keyOf('slow')
    const refused = await post(key, batchOf(6, { type: 'onbehalf.nothing.known.v1' }))
    expect(refused.status).toBe(422)
    expect((await post(key, batchOf(1))).status).toBe(429)
    expect(journal).toHaveLength(0)
  })

  test('what cannot be read at all costs something, too', async () => {
    const key = keyOf('slow')
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) statuses.push((await post(key, '[not json')).status)
    expect(statuses).toEqual([400, 400, 400, 400, 429, 429])
  })

  test('is refused before the body is read', async () => {
    const key = keyOf('slow')
    await post(key, batchOf(50))
    // No content type that the route takes, and no JSON: nobody looked.
    expect((await post(key, '\0', { type: 'text/plain' })).status).toBe(429)
  })

  test('has one budget for all its keys and connections, and no one else\'s', async () => {
    const [one, other, free] = [keyOf('slow'), keyOf('slow'), keyOf('free')]
    await post(one, batchOf(50))
    expect((await post(other, batchOf(1))).status).toBe(429)
    const unlimited = await post(free, batchOf(50))
    expect([unlimited.status, unlimited.headers.get('ratelimit'), unlimited.headers.get('ratelimit-policy')]).toEqual([202, null, null])
    // An admin who speaks as that producer spends from its budget.
    expect((await post(bootstrapToken, batchOf(1), { headers: { 'onbehalf-producer': 'slow' } })).status).toBe(429)
    expect((await post(bootstrapToken, batchOf(1))).status).toBe(202)
  })

  test('many at once get in no more than the budget and one request each that was under way', async () => {
    const key = keyOf('slow')
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(key, batchOf(10))))
    expect(answers.filter(({ status }) => status === 202).length).toBeLessThanOrEqual(3)
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(47)
  })

  test('telemetry is counted by spans, and its 429 is a google.rpc.Status', async () => {
    const key = keyOf('slow')
    const span = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174', name: 'x', startTimeUnixNano: '1', endTimeUnixNano: '2' }
    const spans = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: 6 }, () => span) }] }] })
    const otlp = { path: '/v1/traces', type: 'application/json' }
    const first = await post(key, spans, otlp)
    expect([first.status, left(first)]).toEqual([200, 0])
    const second = await post(key, spans, otlp)
    expect(second.status).toBe(429)
    expect(second.body).toMatchObject({ code: expect.any(Number), message: expect.stringContaining('0.01 events a second') })
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  })

  test('an import comes in as fast as its producer may send, and is not refused', async () => {
    const key = keyOf('brisk')
    const lines = JSON.parse(batchOf(803)).map((event: object) => JSON.stringify(event)).join('\n')
    const began = performance.now()
    const imported = await post(key, lines, { path: '/v1/import', type: 'application/x-ndjson' })
    expect(imported.text).toContain('"done":true')
    // Four more than it may send at once, two a second.
    expect(performance.now() - began).toBeGreaterThan(1_000)
    expect(journal).toHaveLength(803)
  })
})

describe('a key at the gateway', () => {
  test('writes as its producer and no other', async () => {
    const key = keyOf('free')
    expect((await post(key, batchOf(1))).status).toBe(202)
    expect(journal[0]!.headers.find(([name]) => name === 'onbehalf-producer')![1].toString()).toBe('free')
    expect((await post(key, batchOf(1), { headers: { 'onbehalf-producer': 'slow' } })).body).toMatchObject({ status: 403, code: 'forbidden' })
    expect((await post(key, batchOf(1), { headers: { 'onbehalf-tenant': 'acme' } })).body).toMatchObject({ status: 403, code: 'forbidden' })
    expect(journal).toHaveLength(1)
  })

  test('of a role that asks may not write', async () => {
    const { key, prefix, digest } = newApiKey()
    keys.set(prefix, { tenant: 'default', roles: ['auditor'], producer: null, digest, expiresAtMs: null, revokedAtMs: null })
    expect((await post(key, batchOf(1))).body).toMatchObject({ status: 403, code: 'forbidden' })
  })

  test('that nobody made, has expired or was revoked is 401, and says which to who has it', async () => {
    const revoked = keyOf('free')
    keys.set(revoked.slice(0, 12), { ...keys.get(revoked.slice(0, 12))!, revokedAtMs: 1 })
    expect((await post(revoked, batchOf(1))).body).toMatchObject({ status: 401, credential: 'revoked' })
    expect((await post(newApiKey().key, batchOf(1))).body).toMatchObject({ status: 401, credential: 'unknown' })
    expect(journal).toHaveLength(0)
  })
})

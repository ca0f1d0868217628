import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exampleOf } from '@onbehalf/events'
import { useKafka } from '@onbehalf/testkit/kafka'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

const topic = 'onbehalf.gateway'
const token = 'a-token-for-tests-only'
const kafka = useKafka()
const dataDir = mkdtempSync(join(tmpdir(), 'onbehalf-gateway-'))
let running: ChildProcess | null = null

beforeAll(async () => {
  await kafka.topic({ name: topic, partitions: 3, config: { 'max.message.bytes': '4194304' } })
})
afterEach(async () => {
  if (running !== null && running.exitCode === null && running.kill('SIGKILL')) await once(running, 'exit')
})
afterAll(() => rmSync(dataDir, { recursive: true }))

/** The gateway as operators run it: a process of its own, configured by its environment. */
async function startGateway(brokers: string[]) {
  const child = spawn(process.execPath, [new URL('./main.ts', import.meta.url).pathname], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH, ONBEHALF_KAFKA_BROKERS: brokers.join(','), ONBEHALF_OTLP_HTTP_PORT: '0', ONBEHALF_OTLP_GRPC_PORT: '0', ONBEHALF_BOOTSTRAP_TOKEN: token,
      ONBEHALF_DATA_DIR: dataDir,
    },
  })
  running = child
  const doors = new Map<string, string>()
  const opened = Promise.withResolvers<void>()
  let rest = ''
  child.stderr.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines.map((text) => JSON.parse(text) as { msg: string; url?: string })) {
      if (line.url !== undefined && line.msg.endsWith(' is open')) doors.set(line.msg, line.url)
    }
    if (doors.size === 3) opened.resolve()
  })
  await Promise.race([opened.promise, once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`)))])
  const post = async (body: string, type = 'application/cloudevents+json') => {
    const response = await fetch(`${doors.get('gateway is open')}/v1/events`, { method: 'POST', body, headers: { authorization: `Bearer ${token}`, 'content-type': type } })
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body: (await response.json()) as { position: string; code: string } }
  }
  const ready = async () => (await fetch(`${doors.get('admin door is open')}/readyz`)).status
  return { child, post, ready }
}

test('what is acknowledged is in Kafka, as it was sent, where the position says', async () => {
  const { child, post, ready } = await startGateway(kafka.brokers)
  await expect.poll(ready, { timeout: 30_000 }).toBe(200)
  const events = Array.from({ length: 50 }, (_, i) => {
    const event = exampleOf('action.requested')
    return JSON.stringify({ ...event, id: `evt-${i}`, traceparent: undefined, data: { ...event.data, session_id: `s-${i}` } })
  })
  const answer = await post(`[${events.join(' , ')}]`, 'application/cloudevents-batch+json')
  expect(answer.status).toBe(202)

  const consumer = kafka.client.consumer({ groupId: 'reader' })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const seen: { value: string; headers: Record<string, string>; partition: number; offset: bigint }[] = []
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      const headers = Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]))
      seen.push({ value: message.value!.toString(), headers, partition, offset: BigInt(message.offset) })
    },
  })
  await expect.poll(() => seen.length, { timeout: 30_000 }).toBe(50)
  await consumer.disconnect()
  expect(seen.map(({ value }) => value).toSorted()).toEqual(events.toSorted())
  expect(seen[0]!.headers).toEqual({ 'onbehalf-tenant': 'default', 'onbehalf-producer': 'default', 'onbehalf-kind': 'cloudevent' })
  const ends = new Map<number, bigint>()
  for (const { partition, offset } of seen) if (offset > (ends.get(partition) ?? -1n)) ends.set(partition, offset)
  expect(ends.size).toBeGreaterThan(1)
  expect(answer.body.position).toBe([...ends].toSorted(([a], [b]) => a - b).map(([p, offset]) => `${topic}/${p}@${offset}`).join(','))

  child.kill('SIGTERM')
  const at = Date.now()
  expect((await once(child, 'exit'))[0]).toBe(0)
  expect(Date.now() - at).toBeLessThan(10_000)
})

test('without a broker it is alive and not ready, answers 503, and still ends with 0', async () => {
  const { child, post, ready } = await startGateway(['127.0.0.1:1'])
  expect(await ready()).toBe(503)
  const answer = await post(JSON.stringify(exampleOf('action.requested')))
  expect(answer).toMatchObject({ status: 503, retryAfter: '2', body: { code: 'stream_unavailable' } })
  child.kill('SIGTERM')
  expect((await once(child, 'exit'))[0]).toBe(0)
})

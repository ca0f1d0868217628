import { setTimeout as sleep } from 'node:timers/promises'
import { readConfigDocument } from '@onbehalf/events'
import { silentLogger } from '@onbehalf/runtime'
import { changeConfiguration, followRegistrations, readHeads } from '@onbehalf/store'
import { createKafkaStream } from '@onbehalf/stream'
import { createTestDatabase } from '@onbehalf/testkit'
import { useKafka } from '@onbehalf/testkit/kafka'
import { expect, test } from 'vitest'
import { createIngest, topicsOf } from './index.ts'

const kafka = useKafka()

test('a topic of the configuration is read as soon as it is configured, for its tenant, and no more when it is not', async () => {
  const [first, second] = [await kafka.topic({ partitions: 1 }), await kafka.topic({ partitions: 2 })]
  const database = await createTestDatabase()
  const pool = database.pool('writer')
  const registrations = followRegistrations({ pool: database.pool('writer', 2) })
  await registrations.start()
  const stream = createKafkaStream({ brokers: [...kafka.brokers], clientId: 'test', groupId: `onbehalf-${first}`, logger: silentLogger(), idleMs: 200 })
  const topics = () => topicsOf([first], registrations.topics())
  const ingest = createIngest({ pool, stream, topics: topics(), isTenant: (tenant) => registrations.hasTenant(tenant), lookAgain: () => registrations.refresh(), logger: silentLogger() })
  registrations.onChange(() => void ingest.follow(topics()))
  const producer = kafka.client.producer()
  await producer.connect()

  const tell = (topic: string, ...values: string[]) => producer.send({ topic, messages: values.map((value) => ({ value })) })
  const configure = async (document: object) => {
    const read = readConfigDocument(document, { rules: [] })
    if (!read.ok) throw new Error(JSON.stringify(read.errors))
    await changeConfiguration(pool, { document: read.document })
  }
  const sizes = async () => {
    const heads = (await readHeads(pool)).filter(({ topic }) => topic !== null)
    const sum = (name: string) => heads.filter(({ tenant, topic }) => `${tenant}/${topic}` === name).reduce((total, { size }) => total + Number(size), 0)
    return [sum(`default/${first}`), sum(`acme/${second}`)]
  }
  const eventually = async (expected: number[]) => {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline && String(await sizes()) !== String(expected);) await sleep(50)
    expect(await sizes()).toEqual(expected)
  }

  try {
    await ingest.start()
    await tell(first, 'a')
    await tell(second, 'told before it is configured')
    await eventually([1, 0])
    await configure({ tenants: { acme: {} }, topics: { [second]: { kind: 'opa', tenant: 'acme' } } })
    await eventually([1, 1])
    await tell(first, 'b')
    await tell(second, 'c', 'd')
    await eventually([2, 3])
    await configure({ tenants: { acme: {} } })
    await tell(first, 'e')
    await eventually([3, 3])
    await tell(second, 'f')
    await sleep(1_000)
    expect(await sizes()).toEqual([3, 3])
    await configure({ tenants: { acme: {} }, topics: { [second]: { kind: 'opa', tenant: 'acme' } } })
    await eventually([3, 4])
  } finally {
    await ingest.stop()
    await producer.disconnect()
    await stream.stop()
    await registrations.stop()
    await database.drop()
  }
})

import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { exampleOf, type CloudEvent } from '@onbehalf/events'
import { meaning, type Lineage } from '@onbehalf/lineage'
import {
  createRandom, createTestDatabase, differences, duplicated, lineagesOf, randomWorld, scenarios, testSeed,
  type Random, type TestDatabase,
} from '@onbehalf/testkit'
import { useKafka } from '@onbehalf/testkit/kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
// @boundaries-ignore the local broker lives in infra/, which is not a package
import { brokerJars, mavenRepository } from '../../infra/kafka/jars.ts'
// @boundaries-ignore as above
import { declareTopics } from '../../infra/kafka/topics/declare-topics.ts'
import { eventually, Programs, said } from './program.ts'

/**
 * One history, told through every door that a program which knows nothing of this repository may use: kafkajs or Java's
 * console producer, structured or binary mode, each of the five codecs. It is read by the services as an operator runs
 * them, each a process of its own, and what comes out over HTTP must mean what the events mean in memory.
 */
const topic = 'onbehalf.events'
const token = 'a-token-for-tests-only'
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const modes = ['structured', 'binary'] as const
type Codec = (typeof codecs)[number]
type Mode = (typeof modes)[number]

interface ForeignRecord {
  key: string | null
  /** Base64; null is a tombstone. */
  value: string | null
  headers: Record<string, string>
  partition?: number
}

const seed = testSeed()
const kafka = useKafka()

describe(`events of foreign producers (ONBEHALF_TEST_SEED=${seed})`, () => {
  let database: TestDatabase
  let programs: Programs
  let api: string
  const dir = mkdtempSync(join(tmpdir(), 'onbehalf-foreign-'))

  beforeAll(async () => {
    database = await createTestDatabase({ migrated: false })
    programs = new Programs({
      ONBEHALF_POSTGRES_URL: database.url, ONBEHALF_KAFKA_BROKERS: kafka.brokers.join(','), ONBEHALF_BOOTSTRAP_TOKEN: token,
      ONBEHALF_DATA_DIR: join(dir, 'data'), ONBEHALF_API_PORT: '0',
    })
    await declareTopics(kafka.brokers)
    const migrated = await programs.command(['migrate'])
    if (migrated.code !== 0) throw new Error(migrated.err)
    const [query, ...others] = ['query', 'ingest', 'projector'].map((service) => programs.start(['run', service]))
    api = (await said(query!, 'query api is open'))['url'] as string
    for (const service of others) {
      const { url } = await said(service, 'admin door is open')
      await eventually('the service is ready', async () => (await fetch(`${url}/readyz`)).ok)
    }
  }, 120_000)
  afterAll(async () => {
    await programs?.endAll()
    await database?.drop()
    rmSync(dir, { recursive: true, force: true })
  })

  async function get(path: string): Promise<{ status: number; body: any }> {
    const response = await fetch(api + path, { headers: { authorization: `Bearer ${token}` } })
    return { status: response.status, body: await response.json() }
  }

  const actionAt = async (id: string, position: string): Promise<Lineage> => {
    const { status, body } = await get(`/v1/actions/${encodeURIComponent(id)}?at_least=${encodeURIComponent(position)}`)
    expect(status, JSON.stringify(body)).toBe(200)
    return body as Lineage
  }

  /** Everything that the topic holds now, as a position. */
  async function topicEnd(): Promise<string> {
    const ends = await kafka.admin.fetchTopicOffsets(topic)
    return ends.filter(({ high }) => high !== '0').map(({ partition, high }) => `${topic}/${partition}@${BigInt(high) - 1n}`).join(',')
  }

  const quarantine = async (): Promise<{ reason: string; kind: string; producer: string; count: number; samples: unknown[] }[]> =>
    (await get(`/v1/quarantine?limit=200&at_least=${encodeURIComponent(await topicEnd())}`)).body.items

  /** kafkajs in a process that can see no file of ours; the offsets it was given, as a position. */
  async function byKafkajs(batches: { codec: Codec; records: ForeignRecord[] }[]): Promise<string> {
    const node = programs.run(process.execPath, ['--input-type=module', '-e', kafkajsProgram], {}, new URL('../..', import.meta.url).pathname)
    const { code, out, err } = await programs.finish(node, JSON.stringify({ brokers: kafka.brokers, topic, batches }))
    expect(code, err).toBe(0)
    return out.trim()
  }

  /** `kafka-console-producer`: a line is a record, its headers before it. */
  async function byConsole(codec: Codec, lines: string[], properties: string[]): Promise<void> {
    const options = properties.flatMap((property) => ['--reader-property', property])
    const java = programs.run('java', ['-Xmx128m', '-cp', await consoleJars(), 'org.apache.kafka.tools.ConsoleProducer',
      '--bootstrap-server', kafka.brokers.join(','), '--topic', topic, '--compression-codec', codec, '--request-timeout-ms', '10000', ...options])
    const { code, err } = await programs.finish(java, lines.map((line) => `${line}\n`).join(''))
    expect(code, err).toBe(0)
    expect(err).not.toMatch(/ERROR|Exception/)
  }

  test('come out as lineage that means what the events mean, whoever sent each and how', async () => {
    const random = createRandom(seed)
    const world = randomWorld(random.fork('world'), { actions: 30 })
    const played = scenarios['refund']!.play({ seed, atMs: Date.UTC(2026, 10, 24, 9) })
    const events = [...world.events, ...played.events]

    // Every combination gets its share; some events are told twice, by two producers, in two modes.
    const doors = codecs.flatMap((codec) => modes.flatMap((mode) => (['kafkajs', 'console'] as const).map((by) => ({ by, codec, mode }))))
    const told = random.shuffled(duplicated(random, events, 0.2)).map((event, i) => ({ event, door: doors[i % doors.length]! }))
    const through = (by: 'kafkajs' | 'console', codec: Codec) => told.filter(({ door }) => door.by === by && door.codec === codec)
    await Promise.all([
      byKafkajs(codecs.map((codec) => ({ codec, records: through('kafkajs', codec).map(({ event, door }) => recordOf(random, event, door.mode)) }))),
      (async () => {
        for (const codec of codecs) {
          const lines = through('console', codec).map(({ event, door }) => consoleLine(random, event, door.mode))
          expect(lines.length).toBeGreaterThan(5)
          await byConsole(codec, lines, ['parse.headers=true', 'parse.key=true'])
        }
      })(),
    ])
    // And as a newcomer types it: one line of JSON, no key, no headers, nothing set.
    const bare = exampleOf('action.requested') as CloudEvent & { data: { action_id: string } }
    await byConsole('none', [JSON.stringify(bare)], [])
    events.push(bare)

    const expected = lineagesOf(events)
    const position = await topicEnd()
    expect(expected.length).toBeGreaterThan(25)
    for (const lineage of expected) {
      const found = await actionAt(lineage.id, position)
      expect(JSON.parse(meaning(found)), `action ${lineage.id} of seed ${seed}`).toEqual(JSON.parse(meaning(lineage)))
    }
    for (const { id, truth } of played.actions) expect(differences(await actionAt(id, position), truth)).toEqual([])
    const { body: list } = await get('/v1/actions?limit=200')
    expect(list.items.map((each: Lineage) => each.id).toSorted()).toEqual(expected.map(({ id }) => id).toSorted())
    expect(await quarantine(), `seed ${seed}`).toEqual([])

    // What was received is there as it came: one entry a record, copies too, in both kinds.
    const { body: status } = await get('/v1/status')
    const ends = await kafka.admin.fetchTopicOffsets(topic)
    expect(status.partitions.filter((each: any) => each.topic === topic).map((each: any) => [each.partition, each.next_offset]))
      .toEqual(ends.filter(({ high }) => high !== '0').map(({ partition, high }) => [partition, Number(high)]).toSorted(([a], [b]) => a! - b!))
    const entries = status.logs.filter(({ log }: any) => log.startsWith(`default/${topic}/`))
    expect(entries.reduce((sum: number, { size }: any) => sum + size, 0)).toBe(told.length + 1)
  })

  test('are there as soon as at_least says so, read after write', async () => {
    const random = createRandom(seed)
    // A place that nobody has written yet is waited for in vain, and the answer says which and what is there.
    const nowhere = get(`/v1/actions/at-least-0?at_least=${topic}/0@987654321`)
    for (let i = 0; i < 8; i++) {
      const event = { ...exampleOf('action.requested'), id: `at-least-${i}`, data: { ...exampleOf('action.requested').data, action_id: `at-least-${i}` } }
      const mode = modes[i % 2]!
      const position = await byKafkajs([{ codec: codecs[i % codecs.length]!, records: [recordOf(random, event, mode)] }])
      expect(position).toMatch(/^onbehalf\.events\/\d+@\d+$/)
      const lineage = await actionAt(`at-least-${i}`, position)
      expect(lineage.entries.map(({ kind }) => kind)).toEqual([mode === 'binary' ? 'cloudevent-binary' : 'cloudevent'])
    }
    const late = await nowhere
    expect(late.status).toBe(503)
    expect(late.body).toMatchObject({ code: 'position_timeout', waiting_for: [{ partition: `${topic}/0`, offset: '987654321' }] })
  })

  test('that cannot be understood are in quarantine with the reason, and the partition goes on', async () => {
    const good = (id: string) => JSON.stringify({ ...exampleOf('action.requested'), id, data: { ...exampleOf('action.requested').data, action_id: id } })
    const broken = (change: object, data: object = {}) => {
      const event = exampleOf('action.requested')
      return JSON.stringify({ ...event, id: 'broken', ...change, data: { ...event.data, ...data } })
    }
    const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
    let nested: object = { sub: 'agent-x' }
    for (let actor = 0; actor < 64; actor++) nested = { sub: 'agent-x', act: nested }
    const ce = { ce_specversion: '1.0', ce_id: 'broken', ce_source: 'urn:x', ce_type: 'onbehalf.action.requested.v1', ce_time: '2026-01-01T00:00:00Z' }
    const data = JSON.stringify(exampleOf('action.requested').data)

    /** What is sent, and what the case in quarantine must say. */
    const cases: { value: string | Buffer | null; headers?: Record<string, string>; reason: RegExp; kind?: string }[] = [
      { value: null, reason: /^tombstone/, kind: 'tombstone' },
      { value: '', reason: /^unparsable : must be JSON/ },
      { value: '{"specversion":"1.0",', reason: /^unparsable : must be JSON/ },
      { value: 'not json at all', reason: /^unparsable : must be JSON/ },
      { value: Buffer.concat([Buffer.from('{"specversion":"1.0","id":"'), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('"}')]), reason: /^unparsable : must be UTF-8/ },
      { value: '[]', reason: /^invalid : must be one event/ },
      { value: broken({ type: 'onbehalf.action.exploded.v1' }), reason: /^unknown_type \/type: / },
      { value: broken({ type: 'onbehalf.action.requested.v9' }), reason: /^unknown_version \/type: / },
      { value: broken({ type: 'onbehalf.log.opened.v1' }), reason: /^reserved_type \/type: / },
      { value: broken({}, { agent: undefined }), reason: /^invalid \/data\/agent: / },
      { value: broken({}, { operation: 7 }), reason: /^invalid \/data\/operation: / },
      { value: broken({ time: 'yesterday' }), reason: /^invalid \/time: / },
      { value: broken({}, { purpose: 'nul \0 here' }), reason: /^invalid \/data\/purpose: .*NUL/ },
      { value: broken({}, { purpose: 'PLACE' }).replace('PLACE', '\\ud800 alone'), reason: /^invalid \/data\/purpose: .*surrogate/ },
      { value: broken({}, { act: nested }), reason: /^invalid \/data\/act: must nest at most 64 actors/ },
      { value: '{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000), reason: /^too_deep \/\*\/\*/ },
      // More than 1 MiB of event in a record batch that the topic takes, because it is compressed.
      { value: broken({}, { purpose: 'x'.repeat(1_100_000) }), reason: /^too_large : must be at most 1048576 bytes/ },
      { value: broken({ tenantid: 'somebody-else' }), reason: /^tenant_mismatch \/tenantid: / },
      { value: data, headers: { ...ce, ce_tenantid: 'somebody-else' }, reason: /^tenant_mismatch \/tenantid: / , kind: 'cloudevent-binary' },
      { value: data, headers: { ...ce, ce_time: '' }, reason: /^invalid \/time: /, kind: 'cloudevent-binary' },
      { value: '{"action_id":', headers: ce, reason: /^unparsable \/data: must be JSON/, kind: 'cloudevent-binary' },
    ]
    const before = await quarantine()
    // All of them in one partition, with a good event after each.
    const records = cases.flatMap(({ value, headers = {} }, i): ForeignRecord[] => [
      { key: `k${i}`, value: value === null ? null : base64(value), headers, partition: 2 },
      { key: null, value: base64(good(`after-${i}`)), headers: {}, partition: 2 },
    ])
    const position = await byKafkajs([{ codec: 'gzip', records: records.slice(0, 20) }, { codec: 'zstd', records: records.slice(20) }])
    // Java's console can say nothing as well.
    await byConsole('lz4', ['ghost\tNOTHING', `alive\t${good('after-java')}`], ['parse.key=true', 'null.marker=NOTHING'])

    for (const i of cases.keys()) expect((await actionAt(`after-${i}`, position)).operation).not.toBeNull()
    await actionAt('after-java', await topicEnd())

    const found = await quarantine()
    expect(before).toEqual([])
    for (const { reason, kind = 'cloudevent', value } of cases) {
      const matching = found.filter((each) => reason.test(each.reason) && each.kind === kind)
      expect(matching.map((each) => each.producer), `${reason} (${String(value).slice(0, 60)}) in ${JSON.stringify(found.map((each) => `${each.kind} ${each.reason}`), null, 1)}`).toEqual(['default'])
    }
    expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(cases.length + 1)
    expect(found.find(({ kind }) => kind === 'tombstone')).toMatchObject({ count: 2 })
    for (const { count, samples } of found) expect(samples).toHaveLength(Math.min(count, 5))
    const { body: status } = await get('/v1/status')
    expect(status.quarantine).toEqual({ cases: found.length, count: cases.length + 1 })
  })
})

/** The event as somebody's Kafka client sends it; keys or none, spelled as they like. */
function recordOf(random: Random, event: CloudEvent, mode: Mode): ForeignRecord {
  const { headers, value } = inMode(random, event, mode)
  return { key: random.chance(0.5) ? random.word(6) : null, value: Buffer.from(value).toString('base64'), headers }
}

/** `h1:v1,h2:v2<tab>key<tab>value`. */
function consoleLine(random: Random, event: CloudEvent, mode: Mode): string {
  const { headers, value } = inMode(random, event, mode)
  return [Object.entries(headers).map(([name, text]) => `${name}:${text}`).join(','), random.word(6), value].join('\t')
}

/** CloudEvents Kafka protocol binding 1.0.2, sections 3.2 and 3.3. */
function inMode(random: Random, event: CloudEvent, mode: Mode): { headers: Record<string, string>; value: string } {
  if (mode === 'structured') {
    const type = random.pick(['application/cloudevents+json', 'application/cloudevents+json; charset=UTF-8'])
    return { headers: { 'content-type': type }, value: JSON.stringify(event) }
  }
  const { data, datacontenttype, ...attributes } = event
  const headers = Object.entries(attributes).filter(([, value]) => value !== undefined).map(([name, value]) => [`ce_${name}`, String(value)])
  return { headers: { ...Object.fromEntries(headers), ...(datacontenttype === undefined ? {} : { 'content-type': datacontenttype }) }, value: JSON.stringify(data) }
}

/** The broker's own jars, and the one with its command-line tools, which a broker does not need. */
async function consoleJars(): Promise<string> {
  const jars = await brokerJars()
  const pom = readFileSync(new URL('../../infra/kafka/pom.xml', import.meta.url), 'utf8')
  const version = /kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(pom)![1]!
  const tools = join(jars, '..', `tools-${version}`)
  if (!existsSync(tools)) {
    const partial = `${tools}.${process.pid}`
    mkdirSync(partial, { recursive: true })
    await promisify(execFile)('mvn', ['-B', '-q', ...mavenRepository(), 'dependency:copy', `-Dartifact=org.apache.kafka:kafka-tools:${version}`, `-DoutputDirectory=${partial}`])
    renameSync(partial, tools)
  }
  return `${join(tools, '*')}:${join(jars, '*')}`
}

/** Nothing of this repository: kafkajs as its readme has it, and the codecs that one adds by hand. */
const kafkajsProgram = `
import zlib from 'node:zlib'
import { text } from 'node:stream/consumers'
import kafkajs from 'kafkajs'
import lz4 from 'lz4-napi'
import snappy from 'snappy'
const { Kafka, CompressionCodecs, Partitioners, logLevel } = kafkajs
const codec = (compress) => () => ({ compress: async (encoder) => compress(encoder.buffer), decompress: async () => { throw new Error('never') } })
CompressionCodecs[2] = codec((data) => snappy.compressSync(data))
CompressionCodecs[3] = codec((data) => lz4.compressFrameSync(data))
CompressionCodecs[4] = codec((data) => zlib.zstdCompressSync(data))
const types = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 }
const { brokers, topic, batches } = JSON.parse(await text(process.stdin))
const producer = new Kafka({ brokers, clientId: 'somebody', logLevel: logLevel.NOTHING }).producer({ createPartitioner: Partitioners.DefaultPartitioner })
await producer.connect()
const last = new Map()
for (const { codec, records } of batches) {
  const messages = records.map((record) => ({ ...record, value: record.value === null ? null : Buffer.from(record.value, 'base64') }))
  const sent = await producer.send({ topic, acks: -1, compression: types[codec], messages })
  for (const { partition, baseOffset } of sent) {
    const known = records.filter((record) => record.partition === partition).length
    last.set(partition, BigInt(baseOffset) + BigInt(Math.max(1, known) - 1))
  }
}
await producer.disconnect()
console.log([...last].map(([partition, offset]) => topic + '/' + partition + '@' + offset).join(','))
`

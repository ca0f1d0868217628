import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CloudEvent } from '@onbehalf/events'
import { meaning, type Lineage } from '@onbehalf/lineage'
import { defaultProjection, verifyReadModels } from '@onbehalf/projector'
import {
  createClient, createPool, listActions, readActionsAt, readHeads, readPartitions, readPosition, readSegments, verifyJournal,
  type ClientBase, type Pool,
} from '@onbehalf/store'
import { createRandom, lineagesOf, randomWorld, startTestPostgres, testSeed, type Random, type World } from '@onbehalf/testkit'
import { useKafka } from '@onbehalf/testkit/kafka'
import kafkajs, { type Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, Programs, said, type Program } from '../e2e/program.ts'

/**
 * Two histories are told without a pause, one on each topic, while everything that reads them is killed again and again,
 * put to sleep, and loses its broker and its database. Afterwards the journal must hold exactly what Kafka holds, and
 * the lineage must mean what the histories mean.
 *
 * A dead consumer keeps its partitions until its session is over, and a dead projector its tenants until its lease is.
 * So that a dozen kills do not take minutes, the fixture tells the broker that the dead member has left, and lets the
 * lease run out: what time would do as well.
 */
const seed = testSeed()
const kafka = useKafka()
const partitionsOf = { 'onbehalf.events': 3, 'onbehalf.gateway': 2 }
const topics = Object.keys(partitionsOf)
/** Whose the events of `onbehalf.gateway` are: its headers name a tenant that nobody has registered. */
const stranger = '_unassigned'

describe(`a journal under fire (ONBEHALF_TEST_SEED=${seed})`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'onbehalf-kills-'))
  const random = createRandom(seed)
  const worlds: Record<string, World> = {
    'onbehalf.events': randomWorld(random.fork('events'), { actions: 260, equivocations: 0.05 }),
    'onbehalf.gateway': randomWorld(random.fork('gateway'), { actions: 60 }),
  }
  let postgres: Awaited<ReturnType<typeof startTestPostgres>>
  let pool: Pool
  let programs: Programs
  let teller: Teller

  beforeAll(async () => {
    postgres = await startTestPostgres()
    programs = new Programs({
      ONBEHALF_POSTGRES_URL: postgres.url, ONBEHALF_KAFKA_BROKERS: kafka.brokers.join(','), ONBEHALF_BOOTSTRAP_TOKEN: 'a-token-for-tests-only',
      ONBEHALF_DATA_DIR: join(dir, 'data'), ONBEHALF_API_PORT: '0',
    })
    for (const [name, partitions] of Object.entries(partitionsOf)) await kafka.topic({ name, partitions })
    const migrated = await programs.command(['migrate'])
    if (migrated.code !== 0) throw new Error(migrated.err)
    pool = createPool({ url: postgres.url, searchPath: 'lineage' })
    teller = await Teller.start(kafka.client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner, retry: { retries: 1 } }), worlds, random.fork('teller'))
  }, 180_000)
  afterAll(async () => {
    await teller?.stop()
    await programs?.endAll()
    await pool?.end()
    await postgres?.remove()
    rmSync(dir, { recursive: true, force: true })
  })

  const entriesStored = async () => (await readHeads(pool)).filter(({ topic }) => topic !== null).reduce((sum, { size }) => sum + Number(size), 0)
  const more = (than: number, what: string) => eventually(`${what} stores more than ${than} entries`, async () => (await entriesStored()) > than, 60_000)

  /** The members of the group, as the broker knows them. */
  const members = async () => (await kafka.admin.describeGroups(['onbehalf-ingest'])).groups[0]!.members.map(({ memberId }) => memberId)

  async function bury(dead: readonly string[]): Promise<void> {
    const [none, unknownMember] = [0, 25]
    for (const memberId of dead)
      await eventually('the broker lets the dead go', async () => [none, unknownMember].includes(await leaveGroup(kafka.brokers[0]!, 'onbehalf-ingest', memberId)))
  }

  /** Until the service has a transaction open: it may be killed in the middle of it. */
  async function inTransaction(service: 'ingest' | 'projector'): Promise<void> {
    await withClient(async (client) => {
      for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
        const { rowCount } = await client.query(`select from pg_stat_activity where application_name = $1 and backend_xid is not null`, [`onbehalf-${service}`])
        if (rowCount! > 0) return
      }
    })
  }

  async function expireLeases(): Promise<void> {
    await pool.query(`update journal.leases set lease_until = '-infinity' where owner is not null`)
    await pool.query('delete from journal.projectors')
  }

  let ingest: Program
  let projector: Program

  test('ingest and projector are killed at any moment, and go on', async () => {
    const dice = random.fork('kills')
    ingest = programs.start(['run', 'ingest'])
    projector = programs.start(['run', 'projector'])
    await Promise.all([said(ingest, 'partition taken'), said(projector, 'admin door is open')])
    const kills = { ingest: 0, projector: 0, both: 0 }
    while (kills.ingest + kills.both < 8 || kills.projector + kills.both < 8) {
      const which = dice.pick(['ingest', 'projector', 'both'] as const)
      kills[which]++
      // Mostly at work, sometimes while it still starts.
      if (which !== 'projector' && dice.chance(0.75)) await said(ingest, 'partition taken')
      if (which !== 'ingest' && dice.chance(0.75)) await said(projector, 'admin door is open')
      if (dice.chance(0.3)) await sleep(dice.int(400))
      else await inTransaction(which === 'both' ? dice.pick(['ingest', 'projector'] as const) : which)
      for (const program of which === 'both' ? [ingest, projector] : [which === 'ingest' ? ingest : projector]) {
        expect(program.ended, `seed ${seed}: it ended by itself:\n${program.err.slice(-3_000)}`).toBe(false)
        program.child.kill('SIGKILL')
        await program.exit
      }
      if (which !== 'projector') {
        await bury(await members())
        ingest = programs.start(['run', 'ingest'])
      }
      if (which !== 'ingest') {
        await expireLeases()
        projector = programs.start(['run', 'projector'])
      }
    }
    await said(ingest, 'partition taken')
    await more(await entriesStored(), 'the last one started')
  }, 120_000)

  test('an ingest that is stopped in its work and wakes up when another has taken over stores nothing of its own', async () => {
    const zombie = ingest
    const asleep = await members()
    expect(asleep).toHaveLength(1)
    await more(await entriesStored(), 'ingest')
    await inTransaction('ingest')
    zombie.child.kill('SIGSTOP')
    await bury(asleep)
    const heir = programs.start(['run', 'ingest'])
    await said(heir, 'partition taken')
    await more(await entriesStored(), 'the heir')
    const before = zombie.log().length
    zombie.child.kill('SIGCONT')
    await eventually('the zombie joins again', () => zombie.log().slice(before).some(({ msg }) => msg === 'Joined the group'), 60_000)
    await more(await entriesStored(), 'both')
    expect(zombie.ended, zombie.err.slice(-3_000)).toBe(false)
    // It leaves in order, and what it had goes to the heir.
    zombie.child.kill('SIGTERM')
    expect(await zombie.exit).toBe(0)
    await more(await entriesStored(), 'the heir alone')
    ingest = heir
  }, 120_000)

  test('a broker that dies and comes back is waited for, by the same processes', async () => {
    const old = await members()
    const before = ingest.log().length
    await kafka.broker.kill()
    await eventually('ingest notices', () => ingest.log().slice(before).some(({ msg }) => msg.startsWith('The connection to Kafka is gone')))
    await kafka.broker.restart()
    // The same process comes as a new member, and its old self would be waited for.
    await bury(old)
    await more(await entriesStored(), 'ingest')
    await more(await entriesStored(), 'ingest')
    expect([ingest.ended, projector.ended], ingest.err.slice(-3_000)).toEqual([false, false])
  }, 120_000)

  test('a PostgreSQL that dies and comes back is waited for, by the same processes', async () => {
    await more(await entriesStored(), 'ingest')
    await sleep(random.int(100))
    await postgres.restart('kill')
    await more(await eventually('PostgreSQL answers', entriesStored), 'ingest')
    await more(await entriesStored(), 'ingest')
    expect([ingest.ended, projector.ended], `${ingest.err.slice(-2_000)}\n${projector.err.slice(-2_000)}`).toEqual([false, false])
  }, 120_000)

  test('all that Kafka holds is in the journal, once, in its order, and nothing else', async () => {
    await teller.finish(3_500)
    const ends = await topicEnds()
    await eventually('the journal has reached the ends of all partitions', async () => {
      const next = new Map((await readPartitions(pool)).map((each) => [`${each.topic}/${each.partition}`, each.nextOffset]))
      return [...ends].every(([name, end]) => (next.get(name) ?? 0n) === end)
    }, 60_000)
    const produced = [...ends.values()].reduce((sum, end) => sum + Number(end), 0)
    expect(produced).toBeGreaterThan(3_000)
    expect(await entriesStored(), `seed ${seed}`).toBe(produced)

    const records = await recordsOf(ends)
    for (const [name, expected] of records) {
      const tenant = name.startsWith('onbehalf.gateway') ? stranger : 'default'
      const stored: [offset: string, content: string][] = []
      for (let next = 0; ;) {
        const segments = await readSegments(pool, tenant, name, next)
        if (segments.length === 0) break
        for (const segment of segments) {
          expect(segment.firstIndex, `a gap in ${name}, seed ${seed}`).toBe(next)
          for (let i = 0; i < segment.count; i++) stored.push([String(segment.offset(i)), String(segment.entry(i).content)])
          next += segment.count
        }
      }
      expect(stored.map(([offset]) => offset), `${name}, seed ${seed}`).toEqual(expected.map(([offset]) => offset))
      expect(stored, `${name}, seed ${seed}`).toEqual(expected)
    }
    const problems: unknown[] = []
    await withClient(async (client) => {
      for await (const problem of verifyJournal(client)) problems.push(problem)
    })
    expect(problems, `seed ${seed}`).toEqual([])
  }, 120_000)

  test('the read models say what the journal says, and the lineage means what was told', async () => {
    await levelled()
    const { differences, stale } = await withClient((builder) => withClient((gate) => verifyReadModels({ ...defaultProjection, builder, gate })))
    expect({ differences, stale }, `seed ${seed}`).toEqual({ differences: [], stale: 0 })
    for (const [topic, tenant] of [['onbehalf.events', 'default'], ['onbehalf.gateway', stranger]] as const) {
      const expected = lineagesOf(worlds[topic]!.events, { tenant }).map(meaning).sort()
      expect((await lineages(tenant)).map(meaning).sort(), `tenant ${tenant}, seed ${seed}`).toEqual(expected)
      expect(expected.length).toBeGreaterThan(50)
    }
  }, 120_000)

  test('a rebuild beside the living gives the same bytes', async () => {
    const before = await answers()
    const rebuilt = await programs.command(['rebuild', '--json'])
    expect(rebuilt.code, rebuilt.err).toBe(0)
    await levelled()
    expect(await answers(), `seed ${seed}`).toEqual(before)
    for (const program of [ingest, projector]) {
      program.child.kill('SIGTERM')
      expect(await program.exit, program.err.slice(-3_000)).toBe(0)
    }
  }, 120_000)

  /** Until the projector has read all there is, and has nothing left to derive. */
  async function levelled(): Promise<void> {
    await eventually('the projector is level with the journal', async () => {
      const { rows } = await pool.query<{ behind: number; stale: number }>(
        `select (select coalesce(sum(l.size - coalesce(c.position, 0)), 0)::int from journal.logs l
                 left join lineage.cursors c on c.tenant = l.tenant and c.log_id = l.log_id) as behind,
                (select count(*)::int from lineage.stale) as stale`)
      return rows[0]!.behind === 0 && rows[0]!.stale === 0
    }, 60_000)
  }

  async function topicEnds(): Promise<Map<string, bigint>> {
    const ends = new Map<string, bigint>()
    for (const topic of topics)
      for (const { partition, high } of await kafka.admin.fetchTopicOffsets(topic)) ends.set(`${topic}/${partition}`, BigInt(high))
    return ends
  }

  /** Offset and value of every record, by partition, read by a client that knows nothing of the journal. */
  async function recordsOf(ends: ReadonlyMap<string, bigint>): Promise<Map<string, [offset: string, value: string][]>> {
    const found = new Map([...ends.keys()].map((name): [string, [string, string][]] => [name, []]))
    const consumer = kafka.client.consumer({ groupId: `reader-${process.pid}` })
    await consumer.connect()
    try {
      await consumer.subscribe({ topics, fromBeginning: true })
      await consumer.run({
        eachBatch: async ({ batch }) => {
          for (const { offset, value } of batch.messages) found.get(`${batch.topic}/${batch.partition}`)!.push([offset, String(value)])
        },
      })
      await eventually('everything is read back', () => [...ends].every(([name, end]) => BigInt(found.get(name)!.length) === end), 60_000)
    } finally {
      await consumer.disconnect()
    }
    return found
  }

  async function withClient<T>(use: (client: ClientBase) => Promise<T>): Promise<T> {
    const client = createClient({ url: postgres.url, searchPath: 'lineage' })
    await client.connect()
    try {
      return await use(client)
    } finally {
      await client.end()
    }
  }

  const lineages = (tenant: string): Promise<Lineage[]> => withClient(async (client) =>
    readActionsAt({ client, tenant }, await listActions(client, tenant, undefined, 10_000)))

  /** But for what goes on by itself meanwhile: the own log grows by ticks, and what came late is final some time. */
  async function answers(): Promise<Record<string, unknown>> {
    const all: Record<string, unknown> = {}
    for (const tenant of ['default', stranger]) {
      const position = Object.entries(await withClient((client) => readPosition({ client, tenant }))).filter(([log]) => !log.endsWith('/own'))
      const lasting = (await lineages(tenant)).map((lineage) => ({ ...lineage, findings: lineage.findings.filter(({ rule }) => rule !== 'INT-05') }))
      all[tenant] = [position, JSON.stringify(lasting)]
    }
    return all
  }
})

/**
 * Tells the worlds' events in any order and without a pause, as producers do that send again what was not acknowledged
 * in time; when all have been told, it tells some of them once more.
 */
class Teller {
  readonly #producer: Producer
  readonly #random: Random
  readonly #queue: Telling[]
  readonly #told: Telling[] = []
  #running = true
  #done: Promise<void>

  private constructor(producer: Producer, worlds: Record<string, World>, random: Random) {
    this.#producer = producer
    this.#random = random
    this.#queue = random.shuffled(Object.entries(worlds).flatMap(([topic, { events }]) => events.map((event): Telling => ({ topic, event }))))
    this.#done = this.#run()
  }

  static async start(producer: Producer, worlds: Record<string, World>, random: Random): Promise<Teller> {
    await producer.connect()
    return new Teller(producer, worlds, random)
  }

  /** Resolves when every event has been acknowledged, `atLeast` records with those told again, and nothing is sent any more. */
  async finish(atLeast: number): Promise<void> {
    await eventually('every event is acknowledged', () => this.#queue.length === 0 && this.#told.length >= atLeast, 60_000)
    await this.stop()
  }

  async stop(): Promise<void> {
    if (!this.#running) return
    this.#running = false
    await this.#done
    await this.#producer.disconnect()
  }

  async #run(): Promise<void> {
    while (this.#running) {
      const batch = this.#queue.splice(0, 1 + this.#random.int(12))
      for (let again = this.#random.int(this.#queue.length > 0 ? 4 : 40); again > 0 && this.#told.length > 0; again--) batch.push(this.#random.pick(this.#told))
      const compression = this.#random.pick([kafkajs.CompressionTypes.None, kafkajs.CompressionTypes.GZIP])
      const messages = batch.map(({ topic, event }) => ({ topic, messages: [messageOf(topic, event)] }))
      try {
        await this.#producer.sendBatch({ acks: -1, timeout: 2_000, compression, topicMessages: messages })
        this.#told.push(...batch)
      } catch {
        // Perhaps it is there all the same: then it is there twice.
        this.#queue.push(...batch)
      }
      await sleep(40)
    }
  }
}

interface Telling {
  topic: string
  event: CloudEvent
}

function messageOf(topic: string, event: CloudEvent): { value: string; headers?: Record<string, string> } {
  const value = JSON.stringify(event)
  return topic === 'onbehalf.events' ? { value }
    : { value, headers: { 'onbehalf-tenant': 'nobody-knows-it', 'onbehalf-producer': 'default', 'onbehalf-kind': 'cloudevent' } }
}

/** LeaveGroup (key 13, version 0) for a member that cannot say so itself any more; answers the broker's error code. */
function leaveGroup(broker: string, groupId: string, memberId: string): Promise<number> {
  const text = (value: string) => {
    const bytes = Buffer.from(value)
    const length = Buffer.alloc(2)
    length.writeInt16BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const body = Buffer.concat([Buffer.from([0, 13, 0, 0, 0, 0, 0, 1]), text('undertaker'), text(groupId), text(memberId)])
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  const [host, port] = broker.split(':')
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => socket.write(Buffer.concat([length, body])))
    socket.once('error', reject)
    socket.once('data', (answer) => {
      socket.destroy()
      // Length and correlation id come first.
      resolve(answer.readInt16BE(8))
    })
  })
}

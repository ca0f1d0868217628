import { setTimeout as sleep } from 'node:timers/promises'
import { readConfigDocument, type EntryKind } from '@onbehalf/events'
// @boundaries-ignore tests read what the real projector made; the room itself depends on nothing of it
import { createProjector, rebuild } from '@onbehalf/projector'
import { createAuthenticate, createHealth, createMetrics, OnbehalfError, silentLogger, type Identity, type Role } from '@onbehalf/runtime'
import { createPool, ensureReadModels, followCredentials, followRegistrations, keepConfiguration, keepCredentials, openPartition, type PartitionWriter, type Pool } from '@onbehalf/store'
import { createTestDatabase, findingDifferences, type Played, type TestDatabase } from '@onbehalf/testkit'
import { createQueryApi, type QueryLimits } from '../query-api.ts'

/** One thing to append; a CloudEvent is given as an object. */
interface Told {
  content: object | string | Buffer
  tenant?: string
  producer?: string
  kind?: EntryKind
  /** Of the embedded topic; default 0. */
  partition?: number
}

interface AskOptions {
  tenant?: string
  role?: Role | 'instance' | 'none'
  /** A real key in their place. */
  key?: string
  headers?: Record<string, string>
}

interface Answer {
  status: number
  headers: Headers
  text: string
  // Answers of every endpoint: tests say what they expect of them.
  body: any
}

/** A real database, the real writer and projector, and the API in front of them, over real HTTP. */
export interface ServedJournal {
  readonly url: string
  readonly database: TestDatabase
  /** The pool that the API reads through. */
  readonly pool: Pool
  /** Appends through the partition's writer and answers the position, as the gateway would. */
  append(told: readonly Told[]): Promise<string>
  /** Makes a configuration document hold; what is left out has its default. */
  configure(document: object): Promise<void>
  /** Says that nothing more was waiting in any partition: time goes on by it. */
  tellCaughtUp(): Promise<void>
  /** Waits until the open findings of a tenant are these, and nothing is left to derive again. @throws Error that says what differs */
  settled(tenant: string, played: Pick<Played, 'findings'>): Promise<void>
  /** Sends a GET with the credential of a tenant (default `default`) and a role (default `auditor`). */
  get(path: string, options?: AskOptions): Promise<Answer>
  post(path: string, body: unknown, options?: AskOptions): Promise<Answer>
  /** Builds the read models anew and puts them in the place of the live ones. */
  rebuild(): Promise<void>
  /** Takes the projector away, until it is started again. */
  pauseProjector(): Promise<void>
  resumeProjector(): void
  stop(): Promise<void>
}

export const topic = 'onbehalf.embedded'

export async function serveJournal(options: { limits?: Partial<QueryLimits>; nowMs?: () => number } = {}): Promise<ServedJournal> {
  const database = await createTestDatabase()
  const owner = await database.client()
  await ensureReadModels(owner)
  const projectorPool = createPool({ url: database.url, role: 'projector', searchPath: 'lineage', max: 2 })
  projectorPool.on('error', () => undefined)
  const projection = { facts_max: 100_000, batch: { entries_max: 10_000, bytes_max: 16 << 20 } }
  const newProjector = () => createProjector({ ...projection, pool: projectorPool, logger: silentLogger(), owner: `test-${process.pid}`, leaseTtlMs: 5_000 })
  let projector = newProjector()
  projector.start()

  const pool = database.pool('reader')
  const writers = database.pool('writer')
  const registrations = followRegistrations({ pool })
  const configuration = keepConfiguration({ pool: () => writers, file: null, registrations: () => registrations })
  // It keeps a connection, and tests count those that requests keep.
  const credentials = followCredentials({ pool: database.pool('reader') })
  await credentials.start()
  const byKey = createAuthenticate({ bootstrapToken: 'no-request-has-this-token', registrations, credentials })
  const keys = { ...keepCredentials({ pool: () => writers, credentials: () => credentials }), registrations }
  const app = await createQueryApi({
    pool, configuration, keys, authenticate: (headers) => (headers.authorization?.startsWith('Bearer obk_') === true ? byKey(headers) : identityOf(headers.authorization)), logger: silentLogger(), metrics: createMetrics(),
    health: createHealth(), version: '0.0.0-test', host: '127.0.0.1', ...options,
    // A busy machine is no reason to fail; what is about waiting says how long.
    limits: { wait_ms_max: 60_000, ...options.limits },
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const partitions = new Map<number, PartitionWriter>()

  async function ask(method: 'GET' | 'POST', path: string, body: unknown, { tenant = 'default', role = 'auditor', key, headers = {} }: AskOptions = {}): Promise<Answer> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(role === 'none' ? {} : { authorization: `Bearer ${key ?? `${tenant}~${role}`}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const type = response.headers.get('content-type') ?? ''
    return { status: response.status, headers: response.headers, text, body: /json/.test(type) && !/ndjson/.test(type) && text !== '' ? JSON.parse(text) : undefined }
  }

  /** Answers the position of its last record. */
  async function appendTo(partition: number, told: readonly Told[]): Promise<string> {
    const writer = partitions.get(partition) ?? (await openPartition(writers, { topic, partition }))
    partitions.set(partition, writer)
    const from = writer.position ?? 0n
    const entries = told.map(({ content, tenant = 'default', producer = 'default', kind = 'cloudevent' }, i) => ({
      tenant, producer, kind, offset: from + BigInt(i),
      content: Buffer.isBuffer(content) ? content : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
    }))
    const nextOffset = from + BigInt(told.length)
    await writer.commit(writer.prepare({ entries, expectOffset: from, nextOffset, endOffset: nextOffset, caughtUpAtUs: Date.now() * 1_000 }))
    return `${topic}/${partition}@${nextOffset - 1n}`
  }

  return {
    url, database, pool,
    async append(told) {
      // An empty batch is one, too: it answers how far the partition is.
      const positions: string[] = told.length === 0 ? [await appendTo(0, [])] : []
      for (const [partition, of] of Map.groupBy(told, (each) => each.partition ?? 0)) positions.push(await appendTo(partition, of))
      projector.wake()
      return positions.join(',')
    },
    async configure(document) {
      const read = readConfigDocument(document, { rules: configuration.rules })
      if (!read.ok) throw new Error(JSON.stringify(read.errors))
      await configuration.change({ document: read.document })
      projector.wake()
    },
    async tellCaughtUp() {
      for (const writer of partitions.values()) await writer.caughtUp(Date.now() * 1_000, writer.position!)
      projector.wake()
    },
    async settled(tenant, played) {
      const deadline = performance.now() + 60_000
      for (let wrong = ['not asked yet']; wrong.length > 0; await sleep(100)) {
        const [found, status] = [await ask('GET', '/v1/findings?limit=200', undefined, { tenant }), await ask('GET', '/v1/status', undefined, { tenant })]
        wrong = [...findingDifferences(found.body.items, played), ...(status.body.backlog > 0 ? [`a backlog of ${status.body.backlog}`] : [])]
        if (wrong.length > 0 && performance.now() > deadline) throw new Error(`tenant ${tenant} is not settled: ${wrong.join('; ')}`)
      }
    },
    get: (path, asked) => ask('GET', path, undefined, asked),
    post: (path, body, asked) => ask('POST', path, body, asked),
    async rebuild() {
      const [builder, gate, reader] = [await database.client(), await database.client(), await database.client()]
      await rebuild({ ...projection, builder, gate, reader })
      await Promise.all([builder, gate, reader].map((client) => client.end()))
      projector.wake()
    },
    pauseProjector: () => projector.stop(),
    resumeProjector() {
      projector = newProjector()
      projector.start()
    },
    async stop() {
      await app.close()
      await credentials.stop()
      await projector.stop()
      await projectorPool.end()
      await database.drop()
    },
  }
}

/**
 * The events of an incident, each sent by the producer that its config registers.
 * @param arranged which of them, in which order and in which partitions; as they happened if left out
 */
export function tell(played: Played, tenant: string, arranged?: readonly (readonly Played['events'][number][])[]): Told[] {
  return (arranged ?? [played.events]).flatMap((events, partition) =>
    events.map((content) => ({ content, tenant, partition, producer: played.producers?.[content.source] ?? 'default' })))
}

/** An incident whose last event has just happened, so that nothing is open that time alone would close. */
export function justNow(scenario: { play(setting: { seed: string; atMs: number }): Played }, seed: string): Played {
  const last = Math.max(...scenario.play({ seed, atMs: 0 }).events.map((event) => Date.parse(event.time)))
  return scenario.play({ seed, atMs: Date.now() - last - 50 })
}

/** `Bearer <tenant>~<role>`: what an API key will stand for. */
function identityOf(authorization: string | undefined): Identity {
  const [, tenant, role] = /^Bearer (.+)~(.+)$/.exec(authorization ?? '') ?? []
  if (tenant === undefined || role === undefined) throw new OnbehalfError('unauthenticated', 'The request has no credential.', { details: { credential: 'none' } })
  const instance = role === 'instance'
  return { tenant, producer: 'default', roles: [instance ? 'admin' : role as Role], credential: 'test', instance }
}

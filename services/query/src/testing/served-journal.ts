// @boundaries-ignore tests read what the real projector made; the room itself depends on nothing of it
import { createProjector } from '@onbehalf/projector'
import { createHealth, createMetrics, OnbehalfError, silentLogger, type Identity, type Role } from '@onbehalf/runtime'
import { createPool, ensureReadModels, followRegistrations, keepConfiguration, openPartition, type PartitionWriter, type Pool } from '@onbehalf/store'
import { createTestDatabase, type TestDatabase } from '@onbehalf/testkit'
import { createQueryApi, type QueryLimits } from '../query-api.ts'

/** One thing to append; a CloudEvent is given as an object. */
interface Told {
  content: object | string | Buffer
  tenant?: string
  producer?: string
  kind?: 'cloudevent' | 'unreadable'
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
  /** Sends a GET with the credential of a tenant (default `default`) and a role. */
  get(path: string, options?: { tenant?: string; role?: Role | 'instance' | 'none'; headers?: Record<string, string> }): Promise<Answer>
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
  const newProjector = () => createProjector({
    pool: projectorPool, logger: silentLogger(), owner: `test-${process.pid}`, leaseTtlMs: 5_000,
    facts_max: 100_000, batch: { entries_max: 10_000, bytes_max: 16 << 20 },
  })
  let projector = newProjector()
  projector.start()

  const pool = database.pool('reader')
  const writers = database.pool('writer')
  const registrations = followRegistrations({ pool })
  const configuration = keepConfiguration({ pool: () => writers, file: null, registrations: () => registrations })
  const app = await createQueryApi({
    pool, configuration, authenticate: ({ authorization }) => identityOf(authorization), logger: silentLogger(), metrics: createMetrics(),
    health: createHealth(), version: '0.0.0-test', host: '127.0.0.1', ...options,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  let writer: PartitionWriter | undefined

  return {
    url, database, pool,
    async append(told) {
      writer ??= await openPartition(writers, { topic, partition: 0 })
      const from = writer.position ?? 0n
      const entries = told.map(({ content, tenant = 'default', producer = 'default', kind = 'cloudevent' }, i) => ({
        tenant, producer, kind, offset: from + BigInt(i),
        content: Buffer.isBuffer(content) ? content : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
      }))
      const nextOffset = from + BigInt(told.length)
      await writer.commit(writer.prepare({ entries, expectOffset: from, nextOffset, endOffset: nextOffset, caughtUpAtUs: Date.now() * 1_000 }))
      projector.wake()
      return `${topic}/0@${nextOffset - 1n}`
    },
    async get(path, { tenant = 'default', role = 'auditor', headers = {} } = {}) {
      const response = await fetch(`${url}${path}`, {
        headers: { ...(role === 'none' ? {} : { authorization: `Bearer ${tenant}:${role}`.replace(':', '~') }), ...headers },
      })
      const text = await response.text()
      const type = response.headers.get('content-type') ?? ''
      return { status: response.status, headers: response.headers, text, body: /json/.test(type) && !/ndjson/.test(type) && text !== '' ? JSON.parse(text) : undefined }
    },
    pauseProjector: () => projector.stop(),
    resumeProjector() {
      projector = newProjector()
      projector.start()
    },
    async stop() {
      await app.close()
      await projector.stop()
      await projectorPool.end()
      await database.drop()
    },
  }
}

/** `Bearer <tenant>~<role>`: what an API key will stand for. */
function identityOf(authorization: string | undefined): Identity {
  const [, tenant, role] = /^Bearer (.+)~(.+)$/.exec(authorization ?? '') ?? []
  if (tenant === undefined || role === undefined) throw new OnbehalfError('unauthenticated', 'The request has no credential.', { details: { credential: 'none' } })
  const instance = role === 'instance'
  return { tenant, producer: 'default', roles: [instance ? 'admin' : role as Role], credential: 'test', instance }
}

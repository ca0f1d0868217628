import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import type { CloudEvent } from '@onbehalf/events'
import type { Lineage } from '@onbehalf/lineage'
import { Projection, type ProjectionOptions } from '@onbehalf/projector'
import { appendOwn, listActions, readAction, type ClientBase, type Entry } from '@onbehalf/store'
import { createTestDatabase, type TestDatabase } from '@onbehalf/testkit'
import { openPartitions, type Partition } from '../producing.ts'
import { everyBucket, openReadModels, verifyAll } from '../read-models.ts'

/** What somebody sends: who it is, and what it says. */
export interface Sent {
  producer: string
  event: CloudEvent
}

/** What catching up has cost. */
export interface Cost {
  ms: number
  /** Transactions of the live stream, and of what is derived again behind it. */
  steps: number
  behind: number
  /** Rows that the database has answered, and segments of the journal among them. */
  rows: number
  segments: number
  /** Rows in `stale` after each step behind the stream. */
  stale: number[]
}

type Reads = { rows: number; segments: number }

const partitions = 3
const options: ProjectionOptions = { facts_max: 30_000, batch: { entries_max: 4_096, bytes_max: 8 << 20 } }
export const neighbour = 'neighbour'
export const originMs = Date.UTC(2026, 10, 24, 9)

/** The real journal and the real projector, and what attacks on them cost. One database; every attack has a tenant of its own. */
export class Attacked {
  readonly client: ClientBase
  readonly #database: TestDatabase
  readonly #projection: Projection
  readonly #producing: readonly Partition[]
  readonly #read: Reads
  /** What an ordinary event costs here and now. */
  #paceMs = 0

  static async create(): Promise<Attacked> {
    const database = await createTestDatabase()
    const { client, reader } = await openReadModels(database)
    const read = { rows: 0, segments: 0 }
    for (const each of [client, reader]) countReads(each, read)
    const producing = await openPartitions(database, partitions)
    const attacked = new Attacked(database, client, new Projection({ ...options, reader, records: true }), producing, read)
    await attacked.#measure()
    return attacked
  }

  private constructor(database: TestDatabase, client: ClientBase, projection: Projection, producing: readonly Partition[], read: Reads) {
    this.#database = database
    this.client = client
    this.#projection = projection
    this.#producing = producing
    this.#read = read
  }

  drop(): Promise<void> {
    return this.#database.drop()
  }

  /** Two actions that have nothing to do with the attack: of its tenant, and of another one. Both must stay as they are. */
  async bystanders(tenant: string, parties: Record<string, string> = {}): Promise<() => Promise<void>> {
    await this.append(tenant, ordinary('bystander', { parties }))
    const before = [await this.document(tenant, 'bystander'), await this.document(neighbour, 'bystander')]
    return async () => {
      assert.deepEqual([await this.document(tenant, 'bystander'), await this.document(neighbour, 'bystander')], before)
    }
  }

  /** Sends in segments as ingest would write them, and lets the projector catch up. */
  async append(tenant: string, sent: readonly Sent[], { partition = 0, perCommit = 2_000 } = {}): Promise<Cost> {
    await this.send(tenant, sent, { partition, perCommit })
    return this.catchUp()
  }

  async send(tenant: string, sent: readonly Sent[], { partition = 0, perCommit = 2_000 } = {}): Promise<void> {
    const to = this.#producing[partition]!
    for (let from = 0; from < sent.length; from += perCommit) {
      const entries = sent.slice(from, from + perCommit).map(({ producer, event }): Entry =>
        ({ tenant, kind: 'cloudevent', producer, content: Buffer.from(JSON.stringify(event)), offset: to.offset++ }))
      await to.writer.commit(to.writer.prepare({ entries, expectOffset: to.offset - BigInt(entries.length), nextOffset: to.offset }))
    }
  }

  /** What Onbehalf itself says. */
  async own(tenant: string, type: string, data: object, time = at(0)): Promise<Cost> {
    await this.client.query('begin')
    await appendOwn(this.client, tenant, [{ specversion: '1.0', id: crypto.randomUUID(), source: 'urn:onbehalf:test', type: `onbehalf.${type}.v1`, time, data }])
    await this.client.query('commit')
    return this.catchUp()
  }

  /** Steps as the live projector takes them. @param behind_max more steps behind the stream are more than bounded */
  async catchUp({ behind_max = 2_000 } = {}): Promise<Cost> {
    const [began, before] = [performance.now(), { ...this.#read }]
    const cost: Cost = { ms: 0, steps: 0, behind: 0, rows: 0, segments: 0, stale: [] }
    for (;;) {
      if (await this.step()) cost.steps++
      else if (await this.stepBehind()) {
        if (++cost.behind > behind_max) throw new Error(`not done after ${behind_max} steps behind the stream: ${JSON.stringify(await this.stale())}`)
        cost.stale.push((await this.stale()).length)
      } else break
    }
    return { ...cost, ms: performance.now() - began, rows: this.#read.rows - before.rows, segments: this.#read.segments - before.segments }
  }

  /** One batch of the live stream. */
  async step(): Promise<boolean> {
    return Boolean(await this.#projection.advance(this.client, everyBucket, null))
  }

  async stepBehind(): Promise<boolean> {
    return (await this.#projection.deriveStale(this.client, everyBucket, null)) || (await this.#projection.deriveDue(this.client, everyBucket, null))
  }

  /** As another projector begins: nothing in memory. */
  forget(): void {
    this.#projection.forget()
  }

  /** Asserts that it has not cost more than `times` as many ordinary events. */
  expectPace({ ms }: Pick<Cost, 'ms'>, events: number, times = 10): void {
    const mostMs = 1_500 + times * events * this.#paceMs
    assert.ok(ms < mostMs, `${Math.round(ms)} ms for ${events} events; ${Math.round(mostMs)} ms are allowed, at ${this.#paceMs.toFixed(3)} ms an ordinary one`)
  }

  async read(tenant: string, id: string): Promise<{ lineage: Lineage | undefined; ms: number; rows: number; segments: number }> {
    const [began, before] = [performance.now(), { ...this.#read }]
    const lineage = await readAction({ client: this.client, tenant }, id)
    return { lineage, ms: performance.now() - began, rows: this.#read.rows - before.rows, segments: this.#read.segments - before.segments }
  }

  async lineage(tenant: string, id: string): Promise<Lineage> {
    const { lineage } = await this.read(tenant, id)
    assert.ok(lineage, `there is no ${tenant}/${id}`)
    return lineage
  }

  /** What an action says, without how far the logs have been read. */
  async document(tenant: string, id: string): Promise<string> {
    return JSON.stringify({ ...(await this.lineage(tenant, id)), position: null })
  }

  /** Findings that hold of an action, by rule. */
  async findings(tenant: string, id: string): Promise<string[]> {
    return (await this.lineage(tenant, id)).findings.filter(({ resolved_at }) => resolved_at === null).map(({ rule }) => rule).sort()
  }

  /** Whether the row of an action, by which it is listed, says what its document says. */
  async expectRow(tenant: string, id: string): Promise<void> {
    const { decision, status, agreement, findings } = await this.lineage(tenant, id)
    const rows = await this.rows('select decision, status, agreement from actions where tenant = $1 and key = $2', [tenant, `action:${id}`])
    assert.deepEqual(rows, [{ decision, status, agreement }])
    const found = await this.rows('select rule from violations where tenant = $1 and key = $2 order by rule', [tenant, `action:${id}`])
    assert.deepEqual(found.map(({ rule }) => rule), findings.filter(({ resolved_at }) => resolved_at === null).map(({ rule }) => rule).sort())
  }

  async actions(tenant: string): Promise<number> {
    return (await listActions(this.client, tenant, undefined, 100_000)).length
  }

  async stale(): Promise<Record<string, unknown>[]> {
    return this.rows('select tenant, key, since::text, after, depth from stale order by tenant, key', [])
  }

  async quarantine(tenant: string): Promise<{ producer: string; reason: string; count: number; samples: unknown[] }[]> {
    return (await this.rows('select producer, reason, count::int, samples from quarantine where tenant = $1 order by producer, reason', [tenant])) as never
  }

  async rows(sql: string, values: unknown[]): Promise<Record<string, unknown>[]> {
    return (await this.client.query(sql, values)).rows
  }

  /** Folds the whole journal again, beside, and compares row by row. */
  async differences(): Promise<unknown> {
    const { differences, stale } = await verifyAll(this.#database, options)
    return { differences, stale }
  }

  /** 600 ordinary actions, and the action of the other tenant. */
  async #measure(): Promise<void> {
    await this.append(neighbour, ordinary('bystander'))
    const events = Array.from({ length: 600 }, (_, i) => ordinary(`ordinary-${i}`)).flat()
    const { ms } = await this.append('ordinary', events)
    this.#paceMs = ms / events.length
  }
}

function countReads(client: ClientBase, read: { rows: number; segments: number }): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown
  client.query = ((...args: unknown[]) => {
    const answer = query(...args)
    if (!(answer instanceof Promise)) return answer
    return answer.then((result: { rows?: Record<string, unknown>[] }) => {
      read.rows += result.rows?.length ?? 0
      if (result.rows?.[0] && 'content' in result.rows[0]) read.segments += result.rows.length
      return result
    })
  }) as never
}

// ── saying ──

export const at = (seconds: number): string => new Date(originMs + seconds * 1_000).toISOString()

let serial = 0

/** @param more attributes of the event, and who sends it (`default`) */
export function say(type: string, time: number | string, data: object, { producer = 'default', ...attributes }: { producer?: string } & Partial<CloudEvent> = {}): Sent {
  return {
    producer,
    event: {
      specversion: '1.0', id: `e${serial++}`, source: `urn:${producer}`, type: `onbehalf.${type}.v1`,
      time: typeof time === 'number' ? at(time) : time, ...attributes, data,
    } as CloudEvent,
  }
}

export const alice = { iss: 'https://id.example', sub: 'alice', kind: 'user' }
export const bot = { iss: 'https://agents.example', sub: 'bot', kind: 'agent' }
export const mallory = { iss: 'https://agents.example', sub: 'mallory', kind: 'agent' }

export function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i))
}

/** An action of which everything is told, by whoever is asked for each part. */
export function ordinary(id: string, { producer = 'default', parties = {} as Record<string, string>, data = {} as object, seconds = 0 } = {}): Sent[] {
  const by = (leg: string) => ({ producer: parties[leg] ?? producer })
  const own = { iss: 'https://id.example', sub: `owner-of-${id}`, kind: 'user' }
  const agent = { iss: 'https://agents.example', sub: `agent-of-${id}`, kind: 'agent' }
  return [
    say('session.started', seconds - 20, { session_id: `s-${id}`, agent, initiator: own, trigger: 'interactive' }, by('initiator')),
    say('delegation.granted', seconds - 10, { delegation_id: `g-${id}`, parent: { kind: 'root' }, grantor: own, delegate: agent, subject: own, mode: 'delegation' }, by('delegation')),
    say('action.requested', seconds, {
      action_id: id, agent, operation: 'pay', resource: { type: 'invoice', id: '7', system: 'payments' }, delegation_id: `g-${id}`, session_id: `s-${id}`,
      decision_id: `d-${id}`, initiator: own, subject: own, ...data,
    }, by('execution')),
    say('decision.recorded', seconds + 1, { decision_id: `d-${id}`, effect: 'permit', phase: 'runtime', policies: [{ id: 'p', version: '1' }] }, by('decision')),
    say('action.started', seconds + 2, { action_id: id }, by('execution')),
    say('action.completed', seconds + 3, { action_id: id, status: 'succeeded' }, by('execution')),
  ]
}

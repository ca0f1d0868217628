import { hash } from 'node:crypto'
import type { CloudEvent } from '@onbehalf/events'
import { contextKey, meaning, type Lineage } from '@onbehalf/lineage'
import { readActionsUnder, readHeads, readLinksOf, readSegments, sha256Hex, transitionsOf, type ClientBase } from '@onbehalf/store'
import { lineagesOf, lineagesOfEntries } from '@onbehalf/testkit'
import { recordingConfig } from '../configuration.ts'
import { isAboutAnAction, type InputEvent } from '../input.ts'
import { callIds } from '../telemetry.ts'

/**
 * Whether the read models are those of the events: every entry read and filed, a row for every action, nothing in
 * quarantine or left to do; and for a sample of actions that the product answers what a fold of their events in memory
 * says, findings included, compared by the SHA-256 over their meaning.
 * @param shared those of the events that all actions rest on; else an action shares nothing with others
 */
export async function verifyLineage(client: ClientBase, events: readonly InputEvent[], { shared = [] }: { shared?: readonly InputEvent[] } = {}): Promise<string[]> {
  const actions = new Set(events.filter(({ value }) => isAboutAnAction(value)).map(({ key }) => key)).size
  const problems = await verifyCounts(client, { events: events.length, actions })
  const everywhere = new Set(shared)
  for (const [tenant, sample] of sampleOf(events.filter((event) => !everywhere.has(event)))) {
    const told = [...shared, ...sample].map(({ value }) => JSON.parse(value.toString()) as CloudEvent)
    const expected = lineagesOf(told, { tenant, config: recordingConfig })
    problems.push(...(await verifySample(client, tenant, expected, async () => keysOf(sample).map((id) => contextKey('action', id, sha256Hex)))))
  }
  return problems
}

/** The same for spans: an action is a call of a tool, and what all spans of its trace say is compared. */
export async function verifySpanLineage(client: ClientBase, spans: readonly InputEvent[]): Promise<string[]> {
  const actions = new Set(spans.flatMap(({ value }) => value.toString('latin1').match(callIds) ?? [])).size
  const problems = await verifyCounts(client, { events: spans.length, actions })
  const configured = { kind: 'own' as const, producer: 'onbehalf', content: Buffer.from(JSON.stringify({ specversion: '1.0', id: 'config', source: 'urn:onbehalf',
    type: 'onbehalf.config.changed.v1', time: '2026-01-01T00:00:00Z', data: { config: recordingConfig } })) }
  for (const [tenant, sample] of sampleOf(spans)) {
    const entries = sample.map(({ value }) => ({ kind: 'otlp-span-proto' as const, content: value }))
    const expected = lineagesOfEntries([...entries, configured], tenant)
    problems.push(...(await verifySample(client, tenant, expected, async () => {
      const found: string[] = []
      for (const id of keysOf(sample)) found.push(...(await readLinksOf({ client, tenant }, contextKey('trace', id, sha256Hex), '', 1_000)))
      return found
    })))
  }
  return problems
}

/** @param find under which keys the read models have the actions */
async function verifySample(client: ClientBase, tenant: string, expected: readonly Lineage[], find: () => Promise<string[]>): Promise<string[]> {
  const found = await readingLineage(client, async () => readActionsUnder({ client, tenant }, await find()))
  return digestOf(expected.map(meaning)) === digestOf(found.map(meaning)) ? [] : [`lineage: the digest of ${tenant} differs from that of a fold in memory`]
}

/** Whether every entry is read and filed, and every action has a row; nothing is in quarantine or left to do. */
export async function verifyCounts(client: ClientBase, expected: { events: number; actions: number }): Promise<string[]> {
  const { rows } = await client.query<Record<'behind' | 'stale' | 'quarantined' | 'filed' | 'actions', number>>(countsSql)
  const counts = rows[0]!
  return [
    ...(['behind', 'stale', 'quarantined'] as const).flatMap((name) => (counts[name] === 0 ? [] : [`lineage: ${counts[name]} ${name}`])),
    ...(counts.filed === expected.events ? [] : [`lineage: ${counts.filed} entries filed of ${expected.events}`]),
    ...(counts.actions === expected.actions ? [] : [`lineage: ${counts.actions} actions of ${expected.actions}`]),
  ]
}

/**
 * Whether Onbehalf's own logs, the findings that are folded from them and what the rules find now agree, and some
 * findings stand.
 */
export async function verifyFindings(client: ClientBase, standing: readonly string[]): Promise<string[]> {
  const problems: string[] = []
  const { rows } = await client.query<{ tenant: string; id: string; open: boolean }>('select tenant, id, resolved_at is null as open from lineage.findings')
  const told = await findingsTold(client)
  const line = (id: string, open: boolean) => `${id} ${open}`
  if (digestOf(rows.map(({ tenant, id, open }) => line(`${tenant} ${id}`, open))) !== digestOf([...told].map(([id, open]) => line(id, open)))) {
    problems.push(`findings: the own logs tell of ${told.size}, the table has ${rows.length}, or other ones`)
  }
  const untold = await readingLineage(client, () => transitionsOf(client, 'all'))
  if (untold.length > 0) problems.push(`findings: ${untold.length} are not what the own log says, ${untold[0]!.id} among them`)
  const open = new Set(rows.filter((row) => row.open).map(({ id }) => id))
  const lost = standing.filter((id) => !open.has(id))
  if (lost.length > 0) problems.push(`findings: ${lost.length} of ${standing.length} do not stand, ${lost[0]} among them`)
  return problems
}

/** By tenant and id, whether the last word on a finding was that it stands. */
async function findingsTold(client: ClientBase): Promise<Map<string, boolean>> {
  const told = new Map<string, boolean>()
  for (const { tenant, logId, size } of await readHeads(client)) {
    if (logId !== 'own') continue
    for (let index = 0; index < size;) {
      const segments = await readSegments(client, tenant, logId, index)
      if (segments.length === 0) break
      for (const segment of segments) {
        for (let i = 0; i < segment.count; i++) {
          const { type, data } = JSON.parse(segment.entry(i).content!.toString()) as CloudEvent & { data: { finding_id?: string } }
          if (type === 'onbehalf.finding.raised.v1') told.set(`${tenant} ${data.finding_id}`, true)
          if (type === 'onbehalf.finding.resolved.v1') told.set(`${tenant} ${data.finding_id}`, false)
        }
        index = segment.firstIndex + segment.count
      }
    }
  }
  return told
}

function keysOf(events: readonly InputEvent[]): string[] {
  return [...new Set(events.map(({ key }) => key))]
}

/** All events of about `actions_max` actions or traces, spread over the input, of up to three tenants. */
function sampleOf(events: readonly InputEvent[]): Map<string, InputEvent[]> {
  const sample = new Map<string, InputEvent[]>()
  const keys = keysOf(events)
  const every = Math.ceil(keys.length / actions_max)
  const chosen = new Set(keys.filter((_, i) => i % every === 0))
  for (const event of events) {
    if (!chosen.has(event.key)) continue
    const of = sample.get(event.tenant)
    if (of !== undefined) of.push(event)
    else if (sample.size < tenants_max) sample.set(event.tenant, [event])
  }
  return sample
}

async function readingLineage<T>(client: ClientBase, read: () => Promise<T>): Promise<T> {
  await client.query('begin isolation level repeatable read read only')
  await client.query('set local search_path = lineage')
  try {
    return await read()
  } finally {
    await client.query('rollback')
  }
}

function digestOf(lines: readonly string[]): string {
  return hash('sha256', lines.toSorted().join('\n'), 'hex')
}

/** What Onbehalf itself has said last, a projector that stops need not have read back: the tables that it fills were filled as it was said. */
const countsSql = `
  select
    (select count(*)::int from journal.logs l
     left join lineage.cursors c on c.tenant = l.tenant and c.log_id = l.log_id
     where l.log_id <> 'own' and l.size > coalesce(c.position, 0)) as behind,
    (select count(*)::int from lineage.stale) as stale,
    (select coalesce(sum(count), 0)::int from lineage.quarantine) as quarantined,
    (select count(*)::int from lineage.actions) as actions,
    (select count(*)::int from (
       select distinct tenant, log_id, first_index, place from lineage.facts, unnest(places) as place where log_id <> 'own') f) as filed`

const actions_max = 500
const tenants_max = 3

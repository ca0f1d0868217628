import type { Principal } from '@onbehalf/events'
import { actionRules, allRules, idOf, rankOf, severities, type EntryRef, type Key, type Severity } from '@onbehalf/lineage'
import { latestActionsOf, readLinksOf, readViews, sha256Hex, type Acknowledgement, type FindingRow, type LineageSource } from '@onbehalf/store'

/** How many of the actions that show it are named with a finding. */
const actions_max = 3

/** One finding as lists have it. */
export type FindingItem = {
  id: string
  rule: string
  version: number
  severity: Severity
  title: string
  explanation: string
  provisional: boolean
  raised_at: string
  resolved_at: string | null
  cause: string | null
  acknowledged: (Omit<Acknowledgement, 'by'> & { by: Principal; in_force: boolean }) | null
  count: number
  actions: string[]
  entries: EntryRef[]
}

/** Findings with the ids of the first actions that show each. */
export async function itemsOf(source: LineageSource, rows: readonly FindingRow[], nowMs: number): Promise<FindingItem[]> {
  const shown = await placesOf(source, rows)
  const ids = await idsOf(source, [...shown.values()].flat())
  return rows.map((row) => {
    const rule = allRules.get(row.rule)
    // One that is resolved is shown nowhere; what it was about is in its id.
    const actions = row.places.length === 0 && isAboutAction(row.rule) ? [row.id.slice(row.rule.length + 1)]
      : shown.get(row)!.flatMap((place) => ids.get(placeText(place)) ?? [])
    return {
      id: row.id, rule: row.rule, version: row.version ?? rule?.version ?? 0, severity: row.severity, title: rule?.title ?? row.rule,
      explanation: row.explanation ?? (row.resolved_at === null ? rule?.title ?? row.rule : `No longer so (${row.cause}).`),
      provisional: row.provisional, raised_at: row.raised_at, resolved_at: row.resolved_at, cause: row.cause,
      acknowledged: acknowledgedOf(row, nowMs),
      count: row.count, actions: [...new Set(actions)].slice(0, actions_max), entries: row.entries ?? [],
    }
  })
}

/** What has been said of it, and whether that still stands. */
export function acknowledgedOf({ acknowledged, raised_at, resolved_at }: Pick<FindingRow, 'acknowledged' | 'raised_at' | 'resolved_at'>, nowMs: number): FindingItem['acknowledged'] {
  if (acknowledged === null) return null
  const { at, accepted_until } = acknowledged
  const inForce = resolved_at === null && at >= raised_at && (accepted_until === null || Date.parse(accepted_until) > nowMs)
  return { ...acknowledged, by: acknowledged.by as Principal, in_force: inForce }
}

/** Every severity, with zeros. */
export function bySeverity(counts: Iterable<{ severity: Severity; count: number }>): Record<Severity, number> {
  const sums: Record<Severity, number> = { critical: 0, high: 0, medium: 0, info: 0 }
  for (const { severity, count } of counts) sums[severity] += count
  return sums
}

/** Severities from one on. */
export function atLeastAs(severity: Severity): Severity[] {
  return severities.slice(severities.indexOf(severity))
}

interface Place {
  key: Key
  part: string
}

/** Whether a finding's id ends in the id of the action that it is of. */
function isAboutAction(rule: string): boolean {
  return actionRules.some(({ id, groupedBy }) => id === rule && groupedBy === undefined)
}

/** Where each finding is shown: the actions that it is found of, else the first of those that rest on what it is about. */
async function placesOf(source: LineageSource, rows: readonly FindingRow[]): Promise<Map<FindingRow, Place[]>> {
  const places = new Map<FindingRow, Place[]>()
  for (const row of rows) {
    const own: Place[] = row.places.filter(([key]) => rankOf(key) > 0).map(([key, part]) => ({ key, part }))
    const shownOn = row.places.find(([, , place]) => place !== null)?.[2]
    if (own.length === 0 && shownOn?.startsWith('delegation:')) {
      const linked = await readLinksOf(source, shownOn, '', 64)
      own.push(...linked.filter((key) => rankOf(key) > 0).slice(0, actions_max).map((key) => ({ key, part: '' })))
    } else if (own.length === 0 && shownOn?.startsWith('agent:'))
      own.push(...(await latestActionsOf(source.client, source.tenant, shownOn.slice('agent:'.length), actions_max)))
    places.set(row, own)
  }
  return places
}

/** The ids of the actions that stand at some places. */
async function idsOf(source: LineageSource, places: readonly Place[]): Promise<Map<string, string>> {
  const ids = new Map(places.flatMap((place): [string, string][] => {
    const id = idIn(place)
    return id === null ? [] : [[placeText(place), id]]
  }))
  const unknown = new Set(places.filter((place) => !ids.has(placeText(place))).map(({ key }) => key))
  if (unknown.size === 0) return ids
  for (const { action } of await readViews(source, unknown)) {
    const id = idOf(action, sha256Hex)
    const part = action.since === undefined ? '' : id
    for (const key of [action.root, ...action.bound.map(({ fact }) => fact.keys.filed)])
      if (!ids.has(placeText({ key, part }))) ids.set(placeText({ key, part }), id)
  }
  return ids
}

/** Where the place says it: an id as given is the key's, unless it is too long for one; a later use of a call id is called so. */
function idIn({ key, part }: Place): string | null {
  if (part !== '') return part
  return key.startsWith('action:') && !key.startsWith('action:#') ? key.slice('action:'.length) : null
}

const placeText = ({ key, part }: Place): string => `${part}\x1f${key}`


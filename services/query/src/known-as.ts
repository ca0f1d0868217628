import { contextKey, type Key } from '@onbehalf/lineage'
import { OnbehalfError } from '@onbehalf/runtime'
import { readActionsUnder, sha256Hex, type LineageSource } from '@onbehalf/store'
import { formsOf, traceIdIn } from './ids.ts'
import type { Snapshot } from './snapshot.ts'
import { sqlText } from './sql-text.ts'

/** What else an id names, and where that is answered. */
interface KnownAs {
  kind: 'action' | 'trace' | 'session' | 'delegation' | 'decision' | 'approval'
  href: string
}

/**
 * The 404 for an id: what else it names, so that who pasted a trace id where an action's belongs need not guess; else
 * how far lineage is behind, since it may only not be there yet.
 */
export async function notKnown(source: LineageSource, snapshot: Snapshot, what: 'action' | 'trace' | 'session' | 'delegation', id: string): Promise<OnbehalfError> {
  const shown = JSON.stringify(id.length <= 100 ? id : `${id.slice(0, 99)}…`)
  const all = await knownAs(source, id)
  const known = all.filter((each) => each.kind !== what)
  const [first] = known
  const behind = snapshot.logs.reduce((sum, log) => sum + log.size - log.projected, 0)
  const later = source.asOf !== undefined && all.length > known.length
  const next = adviceOf({ later, asOf: source.asOf, first, behind })
  return new OnbehalfError('not_found', `There ${later ? 'was' : 'is'} no ${what} ${shown}${later ? ' then' : ''}.`, { next, details: { known_as: known } })
}

function adviceOf({ later, asOf, first, behind }: { later: boolean; asOf: string | undefined; first: KnownAs | undefined; behind: number }): string {
  if (later) return `Nothing of it had been received by ${asOf}: leave \`as_of\` out, or name a later time.`
  if (first !== undefined) return `It is ${aOf(first.kind)}: ask \`GET ${first.href}\`.`
  if (behind > 0) return `${behind} entries are received and not in lineage yet: ask again in a moment, or pass the \`position\` of the 202 answer as \`?at_least=\`.`
  return 'Check the id. `GET /v1/actions` lists what there is, `GET /v1/quarantine` what could not be read.'
}

const statement = sqlText('known-as')

async function knownAs(source: LineageSource, id: string): Promise<KnownAs[]> {
  const candidates = new Map<Key, { kind: KnownAs['kind']; id: string }>()
  const add = (kind: KnownAs['kind'], value: string) => {
    // Keys differ in nothing but the word before the colon.
    const text = contextKey('action', value, sha256Hex).replace(/^action/, kind)
    candidates.set(text, { kind, id: value })
  }
  for (const form of formsOf(id)) for (const kind of ['session', 'delegation', 'decision', 'approval', 'action'] as const) add(kind, form)
  // What a derived id is filed under: it is an action's, whatever its key.
  for (const form of formsOf(id)) candidates.set(contextKey('id', form, sha256Hex), { kind: 'action', id: form })
  const trace = traceIdIn(id)
  if (trace !== null) add('trace', trace)
  const { rows } = await source.client.query<{ key: Key }>({ name: 'known-as', text: statement, values: [source.tenant, [...candidates.keys()]] })
  const known: KnownAs[] = []
  // Whether it is known at all does not depend on the time asked for.
  const { asOf: _, ...always } = source
  for (const { key } of rows) {
    const { kind, id: value } = candidates.get(key)!
    if (kind === 'decision' || kind === 'approval') {
      const [action] = await readActionsUnder(always, [key])
      if (action !== undefined) known.push({ kind, href: `/v1/actions/${encodeURIComponent(action.id)}` })
    } else known.push({ kind, href: `/v1/${kind}s/${encodeURIComponent(value)}` })
  }
  return known
}

const aOf = (kind: KnownAs['kind']): string => `${/^[ao]/.test(kind) ? 'an' : 'a'} ${kind}`

import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { digest, read, splitOtlp, type EntryKind, type Statement } from '@onbehalf/events'
import { derive, keysOf, knownOf, rankOf, Resolver, viewOf, type Fact, type View } from '@onbehalf/lineage'

/** The fields of an action that are compared, in the order of the table. */
export const fields = ['initiator', 'session', 'agent', 'delegatingAgent', 'operation', 'callId', 'decision', 'approval', 'outcome'] as const
export type Field = (typeof fields)[number]

/**
 * One action as it truly was: written by hand from what the script did, never from what the mapper says. A field that is
 * left out did not exist: nobody was asked, nobody handed over. Names are those of the script.
 */
export type TrueAction = Partial<Record<Field, string>> & {
  operation: string
  /** What the wire does not say of it. `all`: there is no trace of this action. */
  missing?: (Field | 'all')[]
  /** It is shown as so many actions, because nothing ties its records together; else one. */
  pieces?: number
}

/** `<fixture>.truth.json`, beside the fixture. */
export interface Truth {
  /** What was run, or read, to make it. */
  from: string
  /** What happened, in a sentence. */
  did: string
  actions: TrueAction[]
}

export interface Fixture {
  dialect: string
  name: string
  truth: Truth
  records: Received[]
}

/** One span or log record, as the gateway cuts it out of a request. */
export interface Received {
  kind: EntryKind
  content: Uint8Array
  spanId: string | null
  parentSpanId: string | null
}

/** How a field came out: `invented` is said where there is nothing, `wrong` is said otherwise than it was; `piece`: one action is shown as one more. */
export type Verdict = 'right' | 'missing' | 'wrong' | 'invented' | 'piece'
export interface Row { action: string; field: Field | 'all'; verdict: Verdict; true: string | undefined; said: string | undefined }

const folder = resolve(import.meta.dirname, '../../../libs/events/src/otlp/dialects/fixtures')

/** Every fixture that has a truth beside it, of every dialect. */
export function fixtures(): Fixture[] {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap(({ name: dialect }) =>
    readdirSync(join(folder, dialect)).filter((file) => file.endsWith('.truth.json')).sort().map((file) => {
      const name = basename(file, '.truth.json')
      return { dialect, name, truth: readJson<Truth>(join(folder, dialect, file)), records: recordsOf(readFileSync(join(folder, dialect, `${name}.json`))) }
    }))
}

/** What the product makes of some records, action by action, held against what happened. */
export function judge(records: readonly Received[], truth: Truth): Row[] {
  let said = actionsOf(records)
  const rows: Row[] = []
  for (const action of truth.actions) {
    const label = action.callId ?? action.operation
    const isIt = ({ operation, callId }: (typeof said)[number]) => (callId !== undefined && action.callId !== undefined ? callId === action.callId : operation === (action.missing?.includes('operation') ? undefined : action.operation))
    const pieces = said.filter(isIt)
    said = said.filter((each) => !pieces.includes(each))
    if (pieces.length === 0) rows.push({ action: label, field: 'all', verdict: 'missing', true: action.operation, said: undefined })
    else for (const field of fields) {
      const is = action[field]
      // That it waits, or waited, is true of what was answered later; of the answer it says nothing.
      const told = [...new Set(pieces.flatMap((piece) => piece[field] ?? []))].filter((each) => each === is || !(each === 'asked' || each === 'waits') || action.approval === undefined)
      if (is !== undefined && told.length === 0) rows.push({ action: label, field, verdict: 'missing', true: is, said: undefined })
      for (const each of told) rows.push({ action: label, field, verdict: is === undefined ? 'invented' : is === each ? 'right' : 'wrong', true: is, said: each })
    }
    for (const piece of pieces.slice(1)) rows.push({ action: label, field: 'all', verdict: 'piece', true: action.operation, said: JSON.stringify(piece) })
  }
  for (const left of said) rows.push({ action: left.callId ?? left.operation ?? '?', field: 'all', verdict: 'invented', true: undefined, said: JSON.stringify(left) })
  return rows
}

/** Nothing more than what the truth allows for is missing, and all of that is: `field of action`, sorted. */
export function missingIn(rows: readonly Row[]): string[] {
  return rows.filter(({ verdict }) => verdict === 'missing').map(({ action, field }) => `${field} of ${action}`).sort()
}

export function piecesIn(rows: readonly Row[]): string[] {
  return rows.filter(({ verdict }) => verdict === 'piece').map(({ action }) => action).sort()
}

export function allowedPieces({ actions }: Truth): string[] {
  return actions.flatMap(({ pieces = 1, callId, operation }) => Array.from({ length: pieces - 1 }, () => callId ?? operation)).sort()
}

export function allowedMissing({ actions }: Truth): string[] {
  return actions.flatMap(({ missing = [], callId, operation }) => missing.map((field) => `${field} of ${callId ?? operation}`)).sort()
}

/** Actions as a reader of the lineage sees them. What is only inferred is not said, except who handed over: nothing else can say that. */
function actionsOf(records: readonly Received[]): Partial<Record<Field, string>>[] {
  const known = knownOf(records.flatMap(factsOf), sha256)
  const resolver = new Resolver(known)
  const keys = [...new Set([...known.facts.keys(), ...known.links.keys()])].filter((key) => rankOf(key) > 0).sort()
  return keys.flatMap((key) => resolver.actionsOf(key)).map((action) => saidOf(viewOf(action, known, resolver.tenant, sha256)))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

function saidOf(view: View): Partial<Record<Field, string>> {
  const lineage = derive(view, { tenant, sha256 })
  const { actor, initiator } = lineage.roles
  const answered = lineage.approvals.map((item) => item['resolution']).find((each) => each !== undefined) as string | undefined
  const call = lineage.keys.find(({ kind }) => kind === 'tool_call_id')
  return defined({
    initiator: initiator.principal?.sub,
    session: lineage.session ?? undefined,
    agent: actor.evidence === 'inferred' ? undefined : actor.principal?.sub,
    delegatingAgent: lineage.chain.at(-1)?.grantor.sub ?? view.inherited.handedOverBy?.principal.sub,
    operation: lineage.operation ?? undefined,
    callId: call?.value,
    decision: lineage.decision ?? undefined,
    approval: answered ?? (lineage.approvals.length > 0 ? 'asked' : undefined),
    outcome: outcomes[lineage.status],
  })
}

/** A call that was denied or stopped did not run; the rest says nothing of how it ended. */
const outcomes: Readonly<Record<string, string>> = {
  succeeded: 'succeeded', failed: 'failed', denied: 'did not run', blocked: 'did not run', cancelled: 'did not run', timed_out: 'timed out', partial: 'partial', pending_approval: 'waits',
}

const tenant = 'default'
const sha256 = (text: string): string => hash('sha256', text, 'hex')

/** A capture holds what an exporter sent: spans, log records, or both. */
function recordsOf(request: Uint8Array): Received[] {
  const { resourceSpans, resourceLogs } = JSON.parse(new TextDecoder().decode(request)) as Partial<Record<'resourceSpans' | 'resourceLogs', unknown>>
  const cut = (of: object, signal: 'traces' | 'logs') => {
    const split = splitOtlp(new TextEncoder().encode(JSON.stringify(of)), signal, 'json', 10_000)
    if (!split.ok) throw new Error(split.rule)
    return split.records.map((content): Received => {
      const id = (name: string) => new RegExp(`"${name}":\\s*"([0-9a-fA-F]+)"`).exec(new TextDecoder().decode(content))?.[1]?.toLowerCase() ?? null
      return { kind: signal === 'traces' ? 'otlp-span-json' : 'otlp-log-json', content, spanId: id('spanId'), parentSpanId: id('parentSpanId') }
    })
  }
  return [...(resourceSpans === undefined ? [] : cut({ resourceSpans }, 'traces')), ...(resourceLogs === undefined ? [] : cut({ resourceLogs }, 'logs'))]
}

function readRecord({ kind, content }: Received): Statement[] {
  const reading = read(kind, content, { tenant, producer: 'default', sha256 })
  if (!reading.ok) throw new Error(reading.rejection.message)
  return reading.statements
}

/** Every order of the same records is read anew: what one says does not change. */
const told = new WeakMap<Received, Statement[]>()

/** As libs/store makes facts of an entry. */
function factsOf(record: Received, index: number): Fact[] {
  const statements = told.get(record) ?? readRecord(record)
  told.set(record, statements)
  return statements.map((statement) => ({
    ...statement, producer: 'default', saidBy: ['default'],
    entry: { log: `${tenant}/onbehalf.embedded/0`, index, kind: statement.mapped!, producer: 'default', received_at: new Date(Date.UTC(2026, 10, 24) + index).toISOString() },
    keys: keysOf(statement, 'default', sha256),
    digest: () => digest(statement, (data) => hash('sha256', data, 'binary')),
  }))
}

function defined<Value extends object>(value: Value): { [Name in keyof Value]?: NonNullable<Value[Name]> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as { [Name in keyof Value]?: NonNullable<Value[Name]> }
}

function readJson<Type = unknown>(path: string): Type {
  return JSON.parse(readFileSync(path, 'utf8')) as Type
}

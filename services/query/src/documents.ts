import type { Principal } from '@onbehalf/events'
import type { EntryRef, Hop, Lineage } from '@onbehalf/lineage'
import { z } from 'zod'

/*
 * What the API answers, as schemas: they are the OpenAPI document, and no answer leaves without passing its own. Objects
 * are open everywhere, since fields are added and never renamed. The types of lineage are those of libs/lineage.
 */
export const nullable = <Schema extends z.ZodType>(schema: Schema) => schema.nullable()
export const text = () => z.string()
export const time = () => z.string().describe('RFC 3339, UTC')

const entryRef = z.looseObject({
  log: text().describe('`<tenant>/<topic>/<partition>` or `<tenant>/own`'),
  index: z.int().min(0),
  kind: text(),
  producer: text(),
  received_at: time(),
}).meta({ id: 'EntryRef', description: 'Where an entry stands in the journal.' })

/** The same schema under the name of the interface it describes. Interfaces have no index signature, so the compiler is asked field by field whether each value of it passes. */
export const describes = <Type>() => <Schema extends z.ZodType>(schema: Open<Type> extends z.input<Schema> ? Schema : never) => schema as unknown as z.ZodType<Type, Type>
type Open<Type> = Type extends object ? { [Field in keyof Type]: Open<Type[Field]> } : Type

export const entries = z.array(entryRef)
export const entryRefs = describes<EntryRef[]>()(entries)
const evidence = z.enum(['observed', 'asserted', 'inferred', 'ambiguous', 'missing', 'not_covered', 'not_required', 'redacted'])
  .meta({ id: 'Evidence', description: 'How strongly a statement is held, or why there is none.' })
const link = nullable(z.enum(['explicit', 'derived', 'located', 'inherited'])).describe('How the statement came to this action.')
// The blocks of events have the same names in the OpenAPI document, where they describe what is sent.
export const principal = z.looseObject({ iss: text(), sub: text(), kind: text() }).meta({ id: 'KnownPrincipal' })
export const knownPrincipal = describes<Principal>()(principal)
const scope = z.looseObject({}).meta({ id: 'KnownScope', description: 'See /docs/events/blocks#scope.' })

const role = z.looseObject({
  principal: nullable(principal), accountable: nullable(principal), evidence, link, entries,
}).meta({ id: 'Role' })

const leg = z.looseObject({
  evidence,
  provisional: z.boolean().describe('Absence that may still be filled.'),
  link,
  self_reported: z.boolean().describe('Known only from the party that acted.'),
  reason: nullable(text()).describe('Why it is missing, weak or not covered, in a sentence.'),
  entries,
}).meta({ id: 'Leg' })

const hop = z.looseObject({
  delegation_id: text(),
  parent: z.looseObject({ kind: text() }),
  grantor: principal, delegate: principal, subject: principal,
  mode: text(),
  scope: nullable(scope),
  effective_scope: nullable(scope).describe('The intersection of the scopes from the root to here.'),
  not_before: nullable(text()), expires_at: nullable(text()), revoked_at: nullable(text()),
  evidence, entries,
}).meta({ id: 'Hop', description: 'One delegation of a chain.' })

const item = z.looseObject({
  id: text(), time: text(), producer: text(), struck: z.boolean(), entries,
}).meta({ id: 'LineageItem', description: 'The data of an event, with who said it and where it stands.' })

const finding = z.looseObject({
  id: text(), rule: text(), version: z.int(), severity: z.enum(['info', 'medium', 'high', 'critical']), title: text(),
  explanation: text(), provisional: z.boolean(),
  raised_at: nullable(time()).describe('When it was written down. Null: it holds, and the projector has not come to it yet.'), resolved_at: nullable(text()), entries,
}).meta({ id: 'Finding' })

export const severityCounts = z.looseObject({ critical: z.int(), high: z.int(), medium: z.int(), info: z.int() })

const acknowledgement = z.looseObject({
  by: knownPrincipal.describe('The credential that said so.'), at: time(),
  accepted_until: nullable(time()).describe('Accepted until then; null: somebody has seen it.'), reason: nullable(text()),
  in_force: z.boolean().describe('False when what was accepted has run out, or it has been raised again since.'),
})

const findingFields = {
  id: text().describe('`<rule>:<what it is about>`'), rule: text(), version: z.int(), severity: z.enum(['info', 'medium', 'high', 'critical']), title: text(),
  explanation: text(), provisional: z.boolean().describe('It rests on an absence that may still be filled.'),
  raised_at: time(), resolved_at: nullable(time()), cause: nullable(text()).describe('Why it was resolved.'),
  acknowledged: nullable(acknowledgement),
  count: z.int().describe('How many things show it now, up to 10000.'),
  actions: z.array(text()).describe('The first few actions that show it.'),
  entries: entryRefs.describe('What it rests on. Empty for one that is resolved: the page of the finding has the log of it.'),
}
export const findingItem = z.looseObject(findingFields).meta({ id: 'FindingItem' })

export const findingDocument = z.looseObject({
  ...findingFields,
  doc: text().describe('What the rule is about, for people who have not seen it.'), resolved_by: text(),
  history: z.array(z.looseObject({ at: time(), what: z.enum(['raised', 'resolved', 'acknowledged']), entries: entryRefs })).describe('What Onbehalf\'s own log says of it, oldest first.'),
  as_of: nullable(text()), settled: z.boolean(), position: z.record(z.string(), z.int().min(0)),
}).meta({ id: 'FindingDocument' })

export const findingList = z.looseObject({
  items: z.array(findingItem),
  facets: z.looseObject({
    severity: severityCounts, rule: z.record(z.string(), z.int()), total: z.int(),
    complete: z.boolean().describe('False: only the first 100000 have been counted.'),
  }).partial().describe('Counts over the same filter, on the first page; empty on every other.'),
}).meta({ id: 'FindingList' })

export const position = z.record(z.string(), z.int().min(0)).describe('What was read, log by log: every index below the number.')

const lineageShape = z.looseObject({
  id: text(), tenant: text(),
  keys: z.array(z.looseObject({ kind: text(), value: text() })),
  operation: nullable(text()), tool: nullable(z.looseObject({ name: text() })),
  resource: nullable(z.looseObject({ type: text(), id: text() })), purpose: nullable(text()),
  time: time().describe('When it was asked for; else the earliest time told.'),
  roles: z.looseObject({ initiator: role, subject: role, actor: role, executor: role }),
  chain: z.array(hop).describe('The first was granted by the root, the last is the acting agent\'s own.'),
  legs: z.looseObject({ initiator: leg, delegation: leg, decision: leg, approval: leg, execution: leg, outcome: leg }),
  decisions: z.array(item), approvals: z.array(item), executions: z.array(item), outcomes: z.array(item),
  decision: nullable(z.enum(['permit', 'deny', 'indeterminate', 'not_applicable'])),
  status: text(), agreement: z.enum(['agree', 'disagree', 'undetermined']),
  completeness: z.looseObject({ required: z.int(), present: z.int() }),
  findings: z.array(finding),
  summary: text().describe('One sentence for a person.'),
  add_next: nullable(text()).describe('The one next thing that would make this better.'),
  origin: nullable(z.looseObject({})), session: nullable(text()), traces: z.array(text()),
  ambiguous: z.array(z.looseObject({ kind: text(), key: text(), candidates: z.array(text()) })),
  entries,
  as_of: nullable(text()),
  settled: z.boolean().describe('False when the same question may still get another answer.'),
  position,
}).meta({ id: 'Lineage', description: 'One action: who, on whose behalf, by which decision, with what outcome.' })

export const lineage = describes<Lineage>()(lineageShape)
const hops = z.array(describes<Hop>()(hop))

export const actionList = z.looseObject({
  items: z.array(lineage),
  facets: z.looseObject({}).describe('Empty until search is there.'),
}).meta({ id: 'ActionList' })

const journalEntry = z.looseObject({
  log: text(), index: z.int(), kind: text(), producer: text(), received_at: time(),
  content: nullable(text()).describe('What was received, base64. Null once erased.'),
  salt: nullable(text()).describe('16 bytes, base64. Null once erased.'),
  commitment: text().describe('SHA-256 of salt and content, base64: what the leaf commits to, and what stays after an erasure.'),
  proof: text().describe('c2sp.org/tlog-proof@v1: the inclusion of this entry in the log of `size` entries.'),
  size: z.int().describe('Size of the tree that the proof is for.'),
  root: text().describe('Root hash of that tree, base64.'),
  signed: z.boolean().describe('Whether the proof ends in a signed checkpoint. If not, `statement` says what it rests on.'),
  statement: nullable(text()),
}).meta({ id: 'JournalEntry', description: 'An entry as it was received, with its inclusion proof.' })

export const entryList = z.looseObject({ action: text(), items: z.array(journalEntry), position }).meta({ id: 'EntryList' })

const spanNode = z.looseObject({
  span_id: text(), parent_span_id: nullable(text()), name: nullable(text()), start: nullable(time()), end: nullable(time()),
  status: nullable(z.enum(['unset', 'ok', 'error'])), operation: nullable(text()).describe('What kind of work it says it is.'), service: nullable(text()),
  missing: z.boolean().describe('Spans name it as their parent, and it has not been received.'),
  action: nullable(text()).describe('The action that it is, or that was told of in it.'),
}).meta({ id: 'SpanNode' })

const surroundings = {
  complete: z.boolean().describe('This answer holds everything.'),
  truncated: z.boolean().describe('There is more: follow the Link header, or ask for application/x-ndjson.'),
  totals: z.looseObject({
    actions: z.int(),
    delegations: nullable(z.int()).describe('Null where only a part was looked at.'),
    spans: nullable(z.int()).describe('Received ones; null where only a part was looked at.'),
  }),
  spans: z.array(spanNode).describe('The causal tree of a trace, by beginning; on the first page, with the actions of that page.'),
  actions: z.array(lineage),
  delegations: hops.describe('Every hop of the chains of `actions`, each once.'),
  as_of: nullable(text()), settled: z.boolean(), position,
}

export const traceDocument = z.looseObject({ trace_id: text(), ...surroundings }).meta({ id: 'TraceDocument' })

export const sessionDocument = z.looseObject({
  session_id: text(),
  session: nullable(z.looseObject({
    started_at: nullable(time()), ended_at: nullable(time()),
    agent: nullable(knownPrincipal), initiator: nullable(knownPrincipal).describe('Who or what set it off.'),
    trigger: nullable(text()), trigger_ref: nullable(text()), purpose: nullable(text()), end_reason: nullable(text()),
    evidence: z.enum(['observed', 'asserted']).describe('`observed`: told by who is registered for it.'),
  })).describe('What was told of the session itself; null: only events that name it have been received.'),
  entries: entryRefs.describe('What was told of the session itself.'),
  ...surroundings,
}).meta({ id: 'SessionDocument' })

export const delegationDocument = z.looseObject({
  delegation_id: text(),
  chain: hops.describe('From the root to this delegation; empty if nobody told of it.'),
  children: z.array(text()).describe('Delegations made from this one, on this page: ask for each to go on.'),
  tree: nullable(z.looseObject({
    items: z.array(z.looseObject({
      delegation_id: text(), parent_id: text(), depth: z.int().describe('1: made from this one.'),
      delegate: knownPrincipal, effective_scope: nullable(scope), expires_at: nullable(text()), revoked_at: nullable(text()), evidence,
    })).describe('Everything below, by depth: a delegation stands behind its parent.'),
    truncated: z.boolean().describe('There is more below: it is cut at 64 levels and at 1000 delegations.'),
  })).describe('On the first page only.'),
  revocation: nullable(z.looseObject({
    revoked_at: time(), delegation_id: text().describe('The one that was revoked: this one, or one above that takes it along.'),
    by: nullable(knownPrincipal), reason: nullable(text()), cascade: z.boolean(), entries: entryRefs,
  })).describe('The first that took it away.'),
  uses: z.looseObject({
    max: nullable(z.int()).describe('As it was granted: `constraints.max_uses`.'),
    count: nullable(z.int()).describe('Actions that ran under it, or under what was made from it; null where uses are not limited, and not counted.'),
  }),
  findings: z.array(findingItem).describe('What is found of it now, on its first page.'),
  ...surroundings,
}).meta({ id: 'DelegationDocument' })

export const quarantineList = z.looseObject({
  items: z.array(z.looseObject({
    id: text().describe('The same for the same producer, reason and kind.'),
    producer: text(), reason: text(), kind: text(), count: z.int(), first_at: time(), last_at: time(),
    samples: entryRefs.describe('The first five.'),
  }).meta({ id: 'QuarantineCase' })),
  facets: z.looseObject({}),
}).meta({ id: 'QuarantineList' })

export const statusDocument = z.looseObject({
  version: text(), fold_version: nullable(text()),
  logs: z.array(z.looseObject({
    log: text(), size: z.int(),
    projected: z.int().describe('Entries that are in lineage.'),
    checkpoint_size: nullable(z.int()).describe('Size of the last signed checkpoint.'),
  })),
  partitions: z.array(z.looseObject({
    topic: text(), partition: z.int(), next_offset: nullable(z.number()), end_offset: nullable(z.number()),
    lag: nullable(z.number()), caught_up_at: nullable(text()),
  })),
  horizon: nullable(time()).describe('Until when absence may be said. Null: time has not been asked for yet, since nothing is awaited.'),
  backlog: z.int().describe('Things that changed and whose dependents are still being derived again, and things that are due to be looked at again.'),
  quarantine: z.looseObject({ cases: z.int(), count: z.int() }),
  findings: severityCounts.describe('Open ones, by severity.'),
  sources: z.array(z.looseObject({
    producer: text(), source: nullable(text()).describe('Null: the producer is registered for heartbeats and has never sent one.'),
    last_heartbeat: nullable(time()), watermark: nullable(time()).describe('Everything of it from before then has been sent.'),
    next_before: nullable(time()), offline_since: nullable(time()),
    silent: z.boolean().describe('Past its `next_before`, and the delay that it may take.'),
  })).describe('Who is registered for heartbeats.'),
}).meta({ id: 'StatusDocument' })

export const problem = z.looseObject({
  type: text(), title: text(), status: z.int(), detail: text(), code: text(), docs: text(), next: text(),
}).meta({ id: 'Problem', description: 'RFC 9457. Programs match on `code`; see /docs/errors.' })

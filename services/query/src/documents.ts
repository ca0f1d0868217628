import type { EntryRef, Hop, Lineage } from '@onbehalf/lineage'
import { z } from 'zod'

/*
 * What the API answers, as schemas: they are the OpenAPI document, and no answer leaves without passing its own. Objects
 * are open everywhere, since fields are added and never renamed. The types of lineage are those of libs/lineage.
 */
const nullable = <Schema extends z.ZodType>(schema: Schema) => schema.nullable()
const text = () => z.string()
const time = () => z.string().describe('RFC 3339, UTC')

const entryRef = z.looseObject({
  log: text().describe('`<tenant>/<topic>/<partition>` or `<tenant>/own`'),
  index: z.int().min(0),
  kind: text(),
  producer: text(),
  received_at: time(),
}).meta({ id: 'EntryRef', description: 'Where an entry stands in the journal.' })

const entries = z.array(entryRef)
const evidence = z.enum(['observed', 'asserted', 'inferred', 'ambiguous', 'missing', 'not_covered', 'not_required', 'redacted'])
  .meta({ id: 'Evidence', description: 'How strongly a statement is held, or why there is none.' })
const link = nullable(z.enum(['explicit', 'derived', 'located', 'inherited'])).describe('How the statement came to this action.')
// The blocks of events have the same names in the OpenAPI document, where they describe what is sent.
const principal = z.looseObject({ iss: text(), sub: text(), kind: text() }).meta({ id: 'KnownPrincipal' })
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
  explanation: text(), provisional: z.boolean(), raised_at: text(), resolved_at: nullable(text()), entries,
}).meta({ id: 'Finding' })

const position = z.record(z.string(), z.int().min(0)).describe('What was read, log by log: every index below the number.')

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

/** Interfaces have no index signature, so TypeScript cannot see that a Lineage is what this schema describes. */
export const lineage = lineageShape as unknown as z.ZodType<Lineage, Lineage>
const hops = z.array(hop as unknown as z.ZodType<Hop, Hop>)
const entryRefs = entries as unknown as z.ZodType<EntryRef[], EntryRef[]>

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

const surroundings = {
  complete: z.boolean().describe('This answer holds everything.'),
  truncated: z.boolean().describe('There is more: follow the Link header, or ask for application/x-ndjson.'),
  totals: z.looseObject({
    actions: z.int(),
    delegations: nullable(z.int()).describe('Null where only a part was looked at.'),
    spans: z.int(),
  }),
  spans: z.array(z.looseObject({})),
  actions: z.array(lineage),
  delegations: hops.describe('Every hop of the chains of `actions`, each once.'),
  as_of: nullable(text()), settled: z.boolean(), position,
}

export const traceDocument = z.looseObject({ trace_id: text(), ...surroundings }).meta({ id: 'TraceDocument' })

export const sessionDocument = z.looseObject({
  session_id: text(),
  entries: entryRefs.describe('What was told of the session itself.'),
  ...surroundings,
}).meta({ id: 'SessionDocument' })

export const delegationDocument = z.looseObject({
  delegation_id: text(),
  chain: hops.describe('From the root to this delegation; empty if nobody told of it.'),
  children: z.array(text()).describe('Delegations made from this one, on this page: ask for each to go on.'),
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
  horizon: nullable(text()).describe('Until when absence may be said.'),
  backlog: z.int().describe('Things that changed and whose dependents are still being derived again.'),
  quarantine: z.looseObject({ cases: z.int(), count: z.int() }),
  sources: z.array(z.looseObject({})),
}).meta({ id: 'StatusDocument' })

export const problem = z.looseObject({
  type: text(), title: text(), status: z.int(), detail: text(), code: text(), docs: text(), next: text(),
}).meta({ id: 'Problem', description: 'RFC 9457. Programs match on `code`; see /docs/errors.' })

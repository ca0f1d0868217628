import { z } from 'zod'
import { entryRefs, findingItem, knownPrincipal, nullable, position, severityCounts, text, time } from './documents.ts'

/* What the API answers about rules, agents, coverage and retractions, as schemas: see documents.ts. */

const titled = z.array(z.looseObject({ id: text(), title: nullable(text()) }))

export const ruleList = z.looseObject({
  items: z.array(z.looseObject({
    id: text(), version: z.int(), title: text(),
    doc: text().describe('What it means, and why it matters.'), resolved_by: text().describe('What makes a finding go away.'),
    about: z.enum(['action', 'agent', 'delegation', 'grant', 'source', 'log', 'effect']).describe('What one finding is about.'),
    armed_by: nullable(text()).describe('A leg: off until a producer is registered for it. `opt-in`: off until switched on. Null: on.'),
    on: z.boolean().describe('It can fire in this tenant as it is configured now.'),
    why: text().describe('Why it is on or off, in a sentence.'),
    severity: z.enum(['info', 'medium', 'high', 'critical']).describe('In force.'),
    default_severity: z.enum(['info', 'medium', 'high', 'critical']),
    mapping: z.looseObject({ asi: titled, nhi: titled, nist: titled })
      .describe('OWASP Agentic Top 10 (2026), OWASP NHI Top 10 (2025), NIST SP 800-53 Rev. 5.'),
  }).meta({ id: 'Rule' })),
  facets: z.looseObject({}),
}).meta({ id: 'RuleList' })

const reached = z.looseObject({ declared: z.array(text()), reached: z.array(text()).describe('At most 256.'), undeclared: z.array(text()) })
const crossing = z.looseObject({ from: text(), into: text(), exchanged: z.boolean().describe('By a token exchange that was told of.'), delegation_id: text() })

const agentFields = {
  key: text().describe('`iss|sub`, as paths take it; each part has `%` and `|` escaped.'),
  iss: nullable(text()).describe('Null: only the bare id was ever said.'), sub: text(), name: nullable(text()),
  registered: z.boolean(), status: z.enum(['unregistered', 'active', 'suspended', 'retired']),
  owner: nullable(knownPrincipal), sponsor: nullable(knownPrincipal).describe('The accountable human.'),
  purpose: nullable(text()), model: nullable(text()), version: nullable(text()), review_due: nullable(time()),
  authorisers: z.array(z.looseObject({ principal: knownPrincipal, root: z.boolean().describe('At the root of a chain; else who passed it on.'), delegations: z.array(text()) }))
    .describe('Who lets it act: of its live delegations.'),
  systems: reached,
  boundaries: z.looseObject({ declared: z.array(text()), crossed: z.array(crossing) }).describe('Trust domains that its live delegations cross.'),
  grants: z.looseObject({
    live: z.array(z.looseObject({
      id: text(), kind: z.enum(['delegation', 'just_in_time']), since: time(), expires_at: nullable(time()),
      standing: z.boolean().describe('It has no end, or was to be withdrawn and has not been.'), entries: entryRefs,
    })),
    standing: z.int(),
    complete: z.boolean().describe('False: it has more delegations or grants than were looked at.'),
  }).describe('What it could use now.'),
  last_seen: nullable(time()).describe('Of its latest action.'),
  actions: z.looseObject({ count: z.int(), at_least: z.boolean().describe('It has more: counting stopped here.') }),
  open_findings: severityCounts.describe('Of it and of what it did.'),
  entries: entryRefs.describe('What the inventory rests on.'),
}
const agent = z.looseObject(agentFields).meta({ id: 'Agent' })
export const agentList = z.looseObject({ items: z.array(agent), facets: z.looseObject({}) }).meta({ id: 'AgentList' })
export const agentDocument = z.looseObject({
  ...agentFields,
  findings: z.array(findingItem).describe('The newest open ones.'),
  as_of: nullable(text()), settled: z.boolean(), position,
}).meta({ id: 'AgentDocument' })

const levelName = z.enum(['L0', 'L1', 'L2', 'L3', 'L4'])
const coverage = z.looseObject({
  agent: text().describe('`iss|sub`'), name: nullable(text()), level: levelName,
  sampled: z.int().describe('How many of its latest actions were looked at.'),
  legs: z.array(z.looseObject({
    leg: text(),
    owners: z.array(z.looseObject({ producer: text(), sources: z.array(text()), systems: z.array(text()), delay_ms: z.int() }))
      .describe('Producers registered for it and for this agent.'),
    evidence: nullable(z.record(z.string(), z.int())).describe('How the sampled actions have it; null for what is no leg of an action.'),
    covered: nullable(z.number()).describe('Observed or asserted, of those that need it: 0 to 1. Null where none does.'),
  })),
  levels: z.array(z.looseObject({
    level: levelName, reached: z.boolean(), lacks: z.array(text()).describe('What is not there, or not often enough.'),
    arms: z.array(z.looseObject({ rule: text(), armed: z.boolean() })).describe('Rules that need what this level brings.'),
  })),
  next: nullable(z.looseObject({ level: levelName, add: text(), arms: z.array(text()) })).describe('The one next thing to add, and what it arms.'),
}).meta({ id: 'AgentCoverage' })
export const coverageList = z.looseObject({ items: z.array(coverage), facets: z.looseObject({}) }).meta({ id: 'CoverageList' })

const retraction = z.looseObject({
  id: text(), producer: text(), positions: nullable(z.array(z.looseObject({ log: text(), from: z.int(), to: z.int() }))),
  received_from: nullable(time()), received_to: nullable(time()).describe('Null: until the retraction was received.'),
  reason: text(), by: knownPrincipal, at: time(), entries: entryRefs,
}).meta({ id: 'Retraction', description: 'What its producer said there stays and is shown, and counts for nothing.' })
export const retractionDocument = retraction
export const retractionList = z.looseObject({ items: z.array(retraction), facets: z.looseObject({}) }).meta({ id: 'RetractionList' })

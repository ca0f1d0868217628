import { isUnqualified, principalOf, readTenantConfig, timeOf, type Leg, type Principal, type PrincipalInput, type Scope, type TenantConfig } from '@onbehalf/events'
import type { Fact } from '../index.ts'
import { groupsOf, meet, story, type Group } from './oracle.ts'

/**
 * The findings of a journal, computed the slow way from the table of design/lineage.md: everything at once, no index, no
 * memory, every question answered by going through all facts. It shares only types with the library, and resolution with the
 * other oracle. Where the page is silent it takes the reading of the rule's own text and table, and says so (`Reading:`).
 *
 * Not told here: INT-05 and INT-06 (they rest on receipt, and are no meaning), DEC-10 and CHN-10 (a page each, see their
 * tables).
 */
export interface Found {
  id: string
  severity: string
  provisional: boolean
}

export interface Meant {
  findings: Found[]
  /** The evidence of each leg, by action. */
  legs: Record<string, Record<string, string>>
}

export const untold = ['INT-05', 'INT-06', 'DEC-10', 'CHN-10']

type Severity = 'info' | 'medium' | 'high' | 'critical'
interface Violation { id: string; severity: Severity; absent?: { leg: Leg; deadlineMs: number | null; owners?: string[] } }
type Sameness = 'same' | 'different' | 'unsure'
interface About { agent: Principal | null; system: string | null }

const severityOf: Record<string, Severity> = Object.fromEntries([
  ['critical', 'TIM-02 TIM-03 DEC-01 APR-01 AGT-04 INT-02'],
  ['high', 'CHN-02 CHN-03 CHN-04 CHN-07 SCP-01 SCP-03 TIM-01 DEC-02 DEC-03 DEC-04 DEC-06 DEC-08 DEC-11 APR-02 APR-03 APR-04 OUT-03 DOM-01 INT-09'],
  ['medium', 'INI-01 INI-02 CHN-01 CHN-05 CHN-06 CHN-08 SCP-02 TIM-04 TIM-05 TIM-06 RAT-01 DEC-05 DEC-12 OUT-01 OUT-02 OUT-05 DOM-03 AGT-01 AGT-02 INT-01 INT-03 INT-04 INT-10'],
  ['info', 'SCP-06 TIM-07 DEC-09 AGT-03'],
].flatMap(([severity, rules]) => rules!.split(' ').map((rule) => [rule, severity as Severity])))

const armedBy: Record<string, Leg> = {
  'INI-01': 'initiator', 'INI-02': 'inventory', 'CHN-01': 'delegation', 'TIM-04': 'grants', 'TIM-05': 'grants', 'DEC-02': 'decision',
  'DEC-03': 'decision', 'DEC-12': 'decision', 'APR-01': 'approval', 'OUT-01': 'execution', 'OUT-02': 'outcome', 'DOM-01': 'delegation',
  'AGT-01': 'inventory', 'AGT-02': 'inventory', 'AGT-03': 'inventory', 'INT-04': 'heartbeat',
}
const optIn = new Set(['CHN-05', 'CHN-08', 'SCP-06', 'OUT-05', 'DOM-03'])
const holdMs = 72 * 3_600_000

/** Everything that some facts mean to the rules. @param raw every entry, copies too */
export function findAll(raw: readonly Fact[]): Meant {
  const journal = readJournal(raw)
  const acts = journal.groups.map((group) => actOf(group, journal))
  const found = [
    ...acts.flatMap((act) => onAction(act, acts, journal).flatMap((violation) => judge(violation, act, journal))),
    ...onDelegations(acts, journal), ...onGrants(journal), ...onAgents(acts, journal), ...onSources(raw, journal), ...onEffects(acts, journal),
  ]
  return { findings: found, legs: Object.fromEntries(acts.map((act) => [act.id, legsOf(act, journal)])) }
}

/** Whether a rule is on and may speak already. */
function judge({ id, severity, absent }: Violation, { config, about }: { config: TenantConfig; about: About | null }, journal: Journal): Found[] {
  const rule = id.slice(0, id.indexOf(':'))
  const { on, severity: set } = config.rules[rule] ?? {}
  if (on === false || (optIn.has(rule) && on !== true)) return []
  const leg = armedBy[rule]
  if (leg && registered(leg, about, config).length === 0) return []
  const found = { id, severity: set ?? severity }
  if (!absent) return [{ ...found, provisional: false }]
  const state = absenceOf(absent.leg, absent.deadlineMs, config, about, journal, absent.owners)
  return state === 'early' ? [] : [{ ...found, provisional: state === 'provisional' }]
}

// ── the journal ───────────────────────────────────────────────────────────────────────────────────────────────────────

interface Journal {
  /** Each that counts once, in the order of the story; with who has said it. */
  facts: Fact[]
  saidBy: Map<Fact, string[]>
  struck: Set<Fact>
  groups: Group[]
  idOf(group: Group): string
  configs: { fromMs: number; config: TenantConfig }[]
  horizonMs: number
}

function readJournal(raw: readonly Fact[]): Journal {
  const own = raw.filter((fact) => fact.producer === 'onbehalf')
  const configs = own.filter((fact) => fact.type === 'config.changed').sort((a, b) => a.entry.index - b.entry.index).map((fact, i) => {
    const { effective_from, config } = fact.data as any
    return { fromMs: effective_from ? ms(effective_from) : i === 0 ? -Infinity : ms(fact.entry.received_at), config: readTenantConfig(config) }
  })
  const horizonMs = Math.max(-Infinity, ...own.filter((fact) => fact.type === 'clock.ticked').map((fact) => ms((fact.data as any).at)))
  const retractions = own.filter((fact) => fact.type === 'assertion.retracted')
  const isStruck = (fact: Fact) => retractions.some((retraction) => {
    const { producer, received_from, received_to, positions } = retraction.data as any
    const at = ms(fact.entry.received_at)
    return producer === fact.entry.producer && at >= (received_from ? ms(received_from) : -Infinity) && at <= ms(received_to ?? retraction.entry.received_at)
      && (!positions || positions.some((p: any) => p.log === fact.entry.log && p.from <= fact.entry.index && fact.entry.index <= p.to))
  })
  const saidBy = new Map<Fact, string[]>()
  const distinct = (facts: readonly Fact[]) => [...Map.groupBy(facts, (fact) => JSON.stringify([fact.source, fact.id, fact.digest()])).values()].map((copies) => {
    // Reading: of several producers the least is shown, of several spans the least.
    const least = [...copies].sort((a, b) => (a.producer < b.producer ? -1 : a.producer > b.producer ? 1 : 0))[0]!
    const span = (fact: Fact) => `${fact.traceId ?? ''}/${fact.spanId ?? ''}`
    const located = [...copies].sort((a, b) => (span(a) < span(b) ? -1 : 1))[0]!
    const fact = { ...least, traceId: located.traceId, spanId: located.spanId } as Fact
    saidBy.set(fact, [...new Set(copies.map((copy) => copy.producer))].sort())
    return fact
  })
  const facts = distinct(raw.filter((fact) => !isStruck(fact))).sort(story)
  const struckOnly = distinct(raw.filter(isStruck)).filter((fact) => !facts.some((other) => other.source === fact.source && other.id === fact.id && other.digest() === fact.digest()))
  const struck = new Set(struckOnly)
  const journal: Journal = { facts, saidBy, struck, groups: [], idOf: () => '', configs, horizonMs }
  const { groups: all, idOf } = groupsOf([...facts, ...struckOnly].sort(story), (fact) => !struck.has(fact) && mayClaim(fact, journal), (fact) => !struck.has(fact))
  // A retracted denial makes no action.
  const groups = all.filter((group) => group.key.rank <= 3 || group.facts.some((fact) => !struck.has(fact) && isNamedDeny(fact)))
  return { ...journal, groups, idOf }
}

function configAt(timeMs: number, { configs }: Journal): TenantConfig {
  return configs.findLast(({ fromMs }) => fromMs <= timeMs)?.config ?? readTenantConfig({})
}

const lastConfig = ({ configs }: Journal) => configs.at(-1)?.config ?? readTenantConfig({})

// ── who owns what ─────────────────────────────────────────────────────────────────────────────────────────────────────

const matches = (pattern: string, value: string) => (pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : pattern === value)
const isNamed = (patterns: string[], agent: Principal) =>
  patterns.some((pattern) => matches(pattern, agent.sub) || (!isUnqualified(agent) && matches(pattern, `${agent.iss}|${agent.sub}`)))

type Registration = TenantConfig['producers'][number]

function coversFor({ agents, systems }: Registration, { agent, system }: About): boolean {
  return (agents.includes('*') || (agent !== null && isNamed(agents, agent))) && (systems.includes('*') || (system !== null && systems.some((pattern) => matches(pattern, system))))
}

function registered(leg: Leg, about: About | null, config: TenantConfig): Registration[] {
  return config.producers.filter((each) => each.legs.includes(leg) && (about === null || coversFor(each, about)))
}

const speaks = (fact: Fact, { id, sources }: Registration, { saidBy }: Journal) => saidBy.get(fact)!.includes(id) && sources.some((pattern) => matches(pattern, fact.source))

function owns(fact: Fact, leg: Leg, about: About | null, config: TenantConfig, journal: Journal): boolean {
  const owners = registered(leg, about, config)
  return owners.length > 0 ? owners.some((owner) => speaks(fact, owner, journal)) : leg === 'execution' && journal.saidBy.get(fact)!.includes('default')
}

const isOwned = (leg: Leg, about: About | null, config: TenantConfig) => leg === 'execution' || registered(leg, about, config).length > 0

/** Without what a stranger says of an owned leg. */
function counted(facts: Fact[], leg: Leg, about: About | null, config: TenantConfig, journal: Journal): Fact[] {
  return isOwned(leg, about, config) ? facts.filter((fact) => owns(fact, leg, about, config, journal)) : facts
}

const legOfType = (type: string): Leg | null => ({
  session: 'initiator', delegation: 'delegation', decision: 'decision', approval: 'approval', action: 'execution', outcome: 'outcome',
} as Record<string, Leg>)[type.slice(0, type.indexOf('.'))] ?? null

/**
 * Its producer owns the leg; `default` also where no other is registered. Reading: what an entry does not say of agent and
 * system keeps no owner out, and lets `default` pass only where no owner is registered for all.
 */
function mayClaim(fact: Fact, journal: Journal): boolean {
  const leg = legOfType(fact.type)
  if (leg === null) return true
  const d = fact.data as any
  const agent: PrincipalInput | undefined = fact.type === 'decision.recorded' ? d.evaluated?.actor : d.agent
  const about = { agent: agent ? principalOf(agent, fact.producer) : null, system: (d.resource ?? d.evaluated?.resource)?.system ?? null }
  const owners = configAt(fact.timeMs, journal).producers.filter((each) => each.legs.includes(leg))
  const may = ({ agents, systems }: Registration) => (about.agent === null || isNamed(agents, about.agent)) && (about.system === null || systems.some((pattern) => matches(pattern, about.system!)))
  if (owners.some((owner) => may(owner) && speaks(fact, owner, journal))) return true
  return journal.saidBy.get(fact)!.includes('default') && !owners.some((owner) => owner.id !== 'default' && coversFor(owner, about))
}

// ── absence ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function absenceOf(leg: Leg, deadlineMs: number | null, config: TenantConfig, about: About | null, journal: Journal, owners?: string[]): 'early' | 'provisional' | 'final' {
  if (deadlineMs === null || journal.horizonMs < deadlineMs) return 'early'
  const ids = owners ?? (registered(leg, about, config).length > 0 ? registered(leg, about, config).map(({ id }) => id) : leg === 'execution' ? ['default'] : [])
  return ids.every((id) => hasTold(id, deadlineMs, config, journal)) ? 'final' : 'provisional'
}

/**
 * The horizon, less the delay, is past; and what its sources say they have sent, unless that was waited for long enough.
 * Reading: a source that has been silent for longer than that holds nothing any more, whatever is due.
 */
function hasTold(producer: string, deadlineMs: number, config: TenantConfig, journal: Journal): boolean {
  const delayMs = config.producers.find(({ id }) => id === producer)?.delay_ms ?? 10_000
  const { horizonMs, facts } = journal
  if (horizonMs < deadlineMs + delayMs) return false
  const watermarks = [...latestBeats(producer, journal).values()].map((beat) => ms((beat.data as any).watermark)).filter((sentMs) => sentMs + delayMs + holdMs > horizonMs)
  const imports = facts.filter((fact) => fact.type === 'import.started' && (fact.data as any).producer === producer
    && !facts.some((end) => end.type === 'import.ended' && (end.data as any).import_id === (fact.data as any).import_id)).map((fact) => fact.timeMs)
  return Math.min(Infinity, ...watermarks, ...imports) >= deadlineMs || horizonMs - holdMs >= deadlineMs + delayMs
}

function latestBeats(producer: string, { facts, saidBy }: Journal): Map<string, Fact> {
  return new Map(facts.filter((fact) => fact.type === 'source.heartbeat' && saidBy.get(fact)!.includes(producer)).map((beat) => [beat.source, beat]))
}

// ── people ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const text = (p: Principal) => `${isUnqualified(p) ? '' : p.iss.replaceAll('%', '%25').replaceAll('|', '%7C')}|${p.sub.replaceAll('%', '%25').replaceAll('|', '%7C')}`

/** Who is linked to somebody, by the inventory's owners alone, as of a time: of two words on a pair the later counts. */
function identitiesOf(who: Principal, act: Pick<Act, 'about' | 'config' | 'moment'>, journal: Journal): string[] {
  const said = journal.facts.filter((fact) => (fact.type === 'principal.linked' || fact.type === 'principal.unlinked')
    && fact.timeMs <= act.moment.timeMs && owns(fact, 'inventory', act.about, act.config, journal))
  const found = [text(who)]
  for (const each of found) {
    const pairs = new Map<string, boolean>()
    for (const fact of said) {
      const all = ((fact.data as any).principals as PrincipalInput[]).map((p) => text(principalOf(p, fact.producer)))
      if (all.includes(each)) for (const other of all) pairs.set(other, fact.type === 'principal.linked')
    }
    for (const [other, together] of pairs) if (together && !found.includes(other)) found.push(other)
  }
  return found
}

function compare(a: Principal, b: Principal, act: Pick<Act, 'about' | 'config' | 'moment'>, journal: Journal): Sameness {
  if (isUnqualified(a) || isUnqualified(b)) return a.sub !== b.sub ? 'different' : a.iss === b.iss ? 'same' : 'unsure'
  return text(a) === text(b) || identitiesOf(a, act, journal).includes(text(b)) ? 'same' : 'different'
}

/** For separation of duties: across issuers that nothing links nobody can tell. */
function separate(a: Principal, b: Principal, act: Act, journal: Journal): Sameness {
  const plain = compare(a, b, act, journal)
  if (plain !== 'different' || a.iss === b.iss) return plain
  const issuers = (p: Principal) => identitiesOf(p, act, journal).map((each) => each.slice(0, each.indexOf('|')))
  return issuers(a).includes(b.iss) || issuers(b).includes(a.iss) ? 'different' : 'unsure'
}

// ── an action ─────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Act {
  id: string
  group: Group
  config: TenantConfig
  about: About
  moment: Fact
  /** Certain ones, in story order. */
  requests: Fact[]
  /** Those that count and are certain. */
  starts: Fact[]
  ends: Fact[]
  decisions: Fact[]
  request: Fact | undefined
  askedMs: number
  startMs: number
  ran: boolean
  chain: Chain
  actor: Principal | null
  initiator: Initiator
  subject: Principal | null
  deciding: Deciding
}

function actOf(group: Group, journal: Journal): Act {
  const live = group.facts.filter((fact) => !journal.struck.has(fact))
  const all = (type: string) => live.filter((fact) => fact.type === type)
  const sure = (type: string) => all(type).filter((fact) => !group.shared.has(fact))
  const requests = sure('action.requested')
  const first = requests[0] ?? all('action.requested')[0]
  const evaluated = first ? undefined : (all('decision.recorded')[0]?.data as any)?.evaluated
  const said = first ? (first.data as any) : evaluated && { agent: evaluated.actor, resource: evaluated.resource }
  const about: About = {
    agent: said?.agent ? principalOf(said.agent, (first ?? all('decision.recorded')[0])!.producer) : null,
    system: said?.resource?.system ?? null,
  }
  const config = configAt((first ?? group.facts[0]!).timeMs, journal)
  const count = (facts: Fact[], leg: Leg) => counted(facts, leg, about, config, journal)
  // What describes: the owner first, then the earliest.
  const request = count(requests, 'execution')[0] ?? requests[0]
  const starts = count(sure('action.started'), 'execution')
  const ends = count(sure('action.completed'), 'execution')
  const startMs = Math.min(Infinity, ...[...starts, ...ends].map((fact) => fact.timeMs))
  const stopped = ends[0] !== undefined && ['blocked', 'cancelled'].includes((ends[0].data as any).status)
  const base = {
    id: journal.idOf(group), group, config, about, moment: request ?? group.facts[0]!, requests, starts, ends, request,
    askedMs: requests[0]?.timeMs ?? group.facts[0]!.timeMs, startMs, ran: !stopped && starts.length + ends.length > 0,
    decisions: count(all('decision.recorded'), 'decision'),
  }
  const naming = requests.filter((fact) => (fact.data as any).delegation_id)
  const bound = naming.find((fact) => owns(fact, 'delegation', about, config, journal)) ?? (request && (request.data as any).delegation_id ? request : naming.length > 0 ? (count(naming, 'execution')[0] ?? naming[0]) : undefined)
  const chain = chainOf(bound && (bound.data as any).delegation_id, bound, base, journal)
  const denial = all('decision.recorded').find((fact) => (fact.data as any).effect === 'deny' && (fact.data as any).evaluated?.actor && (fact.data as any).evaluated?.operation)
  const actor = request ? principalOf((request.data as any).agent, request.producer) : denial ? principalOf((denial.data as any).evaluated.actor, denial.producer) : null
  const subject = request && (request.data as any).subject ? principalOf((request.data as any).subject, request.producer) : (chain.hops.at(-1)?.subject ?? null)
  return { ...base, chain, actor, subject, initiator: initiatorOf(base, live, journal), deciding: decidingOf(base, group, journal) }
}

type Base = Omit<Act, 'chain' | 'actor' | 'initiator' | 'subject' | 'deciding'>

interface Initiator {
  principal: Principal | null
  /** Somebody whose word counts has said it. */
  counts: boolean
  owned: boolean
  /** Nobody but a schedule, or the agent itself, according to the session. */
  itself: boolean
  session: Fact | undefined
  sessionEnd: Fact | undefined
}

function sessionOf(base: Base, live: Fact[], journal: Journal): { start: Fact | undefined; end: Fact | undefined } {
  const sure = live.filter((fact) => !base.group.shared.has(fact))
  const counts = (fact: Fact) => counted([fact], legOfType(fact.type)!, base.about, base.config, journal).length > 0
  // Reading: as those say first whose word counts on the leg that they speak of.
  const id = [...sure.filter(counts), ...sure.filter((fact) => !counts(fact))].map((fact) => (fact.data as any).session_id as string | undefined).find((each) => each !== undefined)
  if (id === undefined) return { start: undefined, end: undefined }
  const of = (type: string) => journal.facts.filter((fact) => fact.type === type && (fact.data as any).session_id === id)
  const starts = of('session.started')
  return {
    start: starts.find((fact) => owns(fact, 'initiator', base.about, base.config, journal)) ?? starts[0],
    end: counted(of('session.ended'), 'initiator', base.about, base.config, journal)[0],
  }
}

function initiatorOf(base: Base, live: Fact[], journal: Journal): Initiator {
  const { start: session, end: sessionEnd } = sessionOf(base, live, journal)
  const d = session?.data as any
  const said = base.requests.filter((fact) => (fact.data as any).initiator)
  const chosen = counted(said, 'initiator', base.about, base.config, journal)[0]
  const name = (fact: Fact) => principalOf((fact.data as any).initiator, fact.producer)
  const ofSession = !session ? undefined
    : d.initiator ? principalOf(d.initiator, session.producer)
    : d.trigger === 'autonomous' ? principalOf(d.agent, session.producer)
    : d.trigger === 'schedule' ? (d.trigger_ref ? principalOf({ sub: d.trigger_ref, kind: 'schedule' }, session.producer) : null) : undefined
  const itself = session !== undefined && !d.initiator && ['schedule', 'autonomous'].includes(d.trigger)
  const rest = { session, sessionEnd }
  if (chosen) return { ...rest, principal: name(chosen), counts: true, owned: owns(chosen, 'initiator', base.about, base.config, journal), itself: false }
  const sessionOwns = session !== undefined && owns(session, 'initiator', base.about, base.config, journal)
  if (ofSession !== undefined && (sessionOwns || !isOwned('initiator', base.about, base.config))) return { ...rest, principal: ofSession, counts: true, owned: sessionOwns, itself }
  if (said[0]) return { ...rest, principal: name(said[0]), counts: false, owned: false, itself: false }
  return { ...rest, principal: ofSession ?? null, counts: false, owned: false, itself: ofSession !== undefined && itself }
}

interface Deciding { effect: string | null; by: Fact[]; last: Fact[]; why: string | null; requires: Fact[] }

function decidingOf(act: Base, group: Group, journal: Journal): Deciding {
  const none = (why: string): Deciding => ({ effect: null, by: [], last: [], why, requires: [] })
  if (act.decisions.length === 0) return none('none')
  const shadyDeny = act.decisions.filter((fact) => group.shared.has(fact) && (fact.data as any).effect === 'deny')
  if (shadyDeny.length > 0) return { effect: 'deny', by: shadyDeny, last: shadyDeny, why: null, requires: [] }
  const sure = act.decisions.filter((fact) => !group.shared.has(fact))
  if (sure.length === 0) return none('ambiguous')
  const runtime = sure.filter((fact) => (fact.data as any).phase === 'runtime')
  if (runtime.length === 0) return none('after_the_fact')
  const inTime = runtime.filter((fact) => fact.timeMs <= act.startMs + act.config.budgets.skew_ms)
  if (inTime.length === 0) return none('late')
  const args = argumentsOf(act, journal)[0]
  const forThese = enforced(inTime).filter((fact) => !otherArguments(args, (fact.data as any).evaluated))
  if (forThese.length === 0) return none('not_enforced')
  const last = [...Map.groupBy(forThese, pointOf).values()].map(lastOf)
  const effect = ['deny', 'indeterminate', 'permit', 'not_applicable'].find((each) => last.some((fact) => effectOf(fact) === each))!
  return { effect, by: last.filter((fact) => effectOf(fact) === effect), last, why: null, requires: last.filter((fact) => (fact.data as any).requires_approval) }
}

/** What a policy point said last; at equal times deny wins. */
function lastOf(decisions: Fact[]): Fact {
  const latest = decisions.filter((fact) => fact.timeMs === Math.max(...decisions.map((each) => each.timeMs)))
  return latest.find((fact) => effectOf(fact) === 'deny') ?? latest.at(-1)!
}

const enforced = (decisions: Fact[]) => decisions.filter((fact) => (fact.data as any).enforcement !== 'not_enforced')
const effectOf = (fact: Fact): string => ((fact.data as any).enforcement === 'failed_open' ? 'indeterminate' : (fact.data as any).effect)
const pointOf = (fact: Fact): string => (fact.data as any).pdp ?? (fact.data as any).pep ?? `${fact.producer} ${fact.source}`
const inTimeOf = (act: Base) => enforced(act.decisions.filter((fact) => !act.group.shared.has(fact) && (fact.data as any).phase === 'runtime' && fact.timeMs <= act.startMs + act.config.budgets.skew_ms))

/** Of what ran; where nobody says, of what was asked for. */
function argumentsOf(act: Base, journal: Journal): any[] {
  const said = (facts: Fact[]) => facts.filter((fact) => (fact.data as any).arguments_digest).map((fact) => fact.data as any)
  const executed = said([...act.starts, ...act.ends])
  if (executed.length > 0) return executed
  const asking = act.requests.filter((fact) => (fact.data as any).arguments_digest)
  const one = counted(asking, 'execution', act.about, act.config, journal)[0] ?? asking[0]
  return one ? [one.data] : []
}

function otherArguments(ran: any, said: any): boolean {
  return Boolean(ran && said?.arguments_digest && ran.arguments_projection === said.arguments_projection && ran.arguments_digest !== said.arguments_digest)
}

interface Hop { d: any; grant: Fact; grantor: Principal; delegate: Principal; subject: Principal; effective: Scope | null; revoked: Fact | null; fromMs: number; untilMs: number }
interface Chain { named: Fact | undefined; hops: Hop[]; top: string; grants: Fact[] }

function chainOf(id: string | undefined, named: Fact | undefined, base: Base, journal: Journal): Chain {
  const hops: Hop[] = []
  const grants: Fact[] = []
  const seen: string[] = []
  let at = id
  let top = id === undefined ? 'none' : 'too_deep'
  while (at !== undefined && hops.length < 64) {
    if (seen.includes(at)) { top = 'cycle'; break }
    seen.push(at)
    const own = counted(journal.facts.filter((fact) => fact.type === 'delegation.granted' && (fact.data as any).delegation_id === at), 'delegation', base.about, base.config, journal)
    const grant = own[0]
    if (!grant) { top = 'unseen'; break }
    grants.push(...own)
    const d = grant.data as any
    const who = (p: PrincipalInput) => principalOf(p, grant.producer)
    hops.unshift({ d, grant, grantor: who(d.grantor), delegate: who(d.delegate), subject: who(d.subject), effective: null, revoked: null,
      fromMs: d.not_before ? ms(d.not_before) : -Infinity, untilMs: d.expires_at ? ms(d.expires_at) : Infinity })
    if (d.parent.kind !== 'delegation') { top = d.parent.kind; break }
    at = d.parent.delegation_id
  }
  let scope: Scope | null = null
  let from: Fact | null = null
  for (const hop of hops) {
    scope = meet(scope, hop.d.scope ?? null)
    hop.effective = scope
    const revocations = counted(journal.facts.filter((fact) => fact.type === 'delegation.revoked' && (fact.data as any).delegation_id === hop.d.delegation_id), 'delegation', base.about, base.config, journal)
    hop.revoked = earliest(revocations[0] ?? null, from)
    from = earliest(revocations.find((fact) => (fact.data as any).cascade !== false) ?? null, from)
  }
  return { named, hops, top, grants }
}

const earliest = (a: Fact | null, b: Fact | null) => (!a || !b ? (a ?? b) : a.timeMs <= b.timeMs ? a : b)

// ── what is around ────────────────────────────────────────────────────────────────────────────────────────────────────

interface AgentNow { registered: boolean; owner: Principal | null; sponsor: Principal | null; status: string; since: Fact | null }

/** What counts of what the inventory says of somebody under exactly this name, up to a time. */
function agentOf(who: Principal, timeMs: number, about: About | null, config: TenantConfig, journal: Journal): AgentNow {
  const now: AgentNow = { registered: false, owner: null, sponsor: null, status: 'unregistered', since: null }
  const said = counted(journal.facts.filter((fact) => fact.type.startsWith('agent.') && text(principalOf((fact.data as any).agent, fact.producer)) === text(who)), 'inventory', about, config, journal)
  for (const fact of said) {
    if (fact.timeMs > timeMs) break
    const d = fact.data as any
    const become = (status: string) => Object.assign(now, { status, since: fact })
    if (fact.type === 'agent.registered' || fact.type === 'agent.updated') {
      const keeps = fact.type === 'agent.updated'
      now.owner = d.owner ? principalOf(d.owner, fact.producer) : keeps ? now.owner : null
      now.sponsor = d.sponsor ? principalOf(d.sponsor, fact.producer) : keeps ? now.sponsor : null
      now.registered = true
      if (now.status === 'unregistered') become('active')
    } else if (fact.type === 'agent.suspended') {
      if (now.status !== 'retired') become('suspended')
    } else become(fact.type === 'agent.retired' ? 'retired' : 'active')
  }
  return now
}

/** Signals that still hold at a time: CAEP and RISC. */
function revokingSignals(who: Principal, timeMs: number, journal: Journal): { fact: Fact; account: boolean }[] {
  let holding: { fact: Fact; account: boolean }[] = []
  for (const fact of journal.facts) {
    const d = fact.data as any
    if (fact.type !== 'signal.received' || fact.timeMs > timeMs || !d.principal) continue
    const about = principalOf(d.principal, fact.producer)
    // Reading: whose account a bare name is nobody can tell, unless the same producer says it.
    if (about.iss !== who.iss || about.sub !== who.sub) continue
    const name = d.signal.slice(d.signal.lastIndexOf('/') + 1)
    if (['session-revoked', 'sessions-revoked', 'credential-compromise'].includes(name)) holding.push({ fact, account: false })
    if (['account-disabled', 'account-purged'].includes(name)) holding.push({ fact, account: true })
    if (name === 'account-enabled') holding = holding.filter((each) => !(each.fact.data as any).signal.endsWith('account-disabled'))
  }
  return holding
}

const isGone = (who: Principal, timeMs: number, journal: Journal) => revokingSignals(who, timeMs, journal).some(({ account }) => account)

interface Yes { fact: Fact; d: any; approver: Principal | null; asked: Fact | undefined }
interface Approved { min: number; separation: boolean; given: Yes[]; late: Yes[] }

function approvedOf(act: Act, journal: Journal): Approved {
  const { group, deciding, config, about } = act
  const conditions = deciding.requires.map((fact) => (fact.data as any).requires_approval)
  const live = group.facts.filter((fact) => !journal.struck.has(fact))
  const sureIds = new Set(live.filter((fact) => !group.shared.has(fact) && mayClaimAt(fact, config, journal)).map((fact) => (fact.data as any).approval_id).filter((id) => id !== undefined))
  // Reading: what is filed under a decision is that decision's, whatever approval it names, and what is filed under a call id
  // that anybody has claimed, followed or not, is nobody else's.
  const named = counted(journal.facts.filter((fact) => fact.type.startsWith('approval.') && sureIds.has((fact.data as any).approval_id) && !isOfDecision(fact) && !isClaimed(fact, journal)), 'approval', about, config, journal)
  const own = counted(live.filter((fact) => fact.type === 'approval.resolved'), 'approval', about, config, journal)
    .filter((fact) => !group.shared.has(fact) || (fact.data as any).resolution !== 'approved')
  const shared = named.filter((fact) => fact.type === 'approval.resolved' && isShared(fact))
  const requests = [...counted(live.filter((fact) => fact.type === 'approval.requested' && !group.shared.has(fact)), 'approval', about, config, journal), ...named.filter((fact) => fact.type === 'approval.requested')]
  const latestMs = act.startMs + config.budgets.skew_ms
  let given: Yes[] = []
  const late: Yes[] = []
  for (const fact of [...new Set([...own, ...shared])].sort(story)) {
    const d = fact.data as any
    if (d.resolution !== 'approved') {
      if (fact.timeMs <= latestMs) given = given.filter((each) => each.d.approval_id !== d.approval_id)
      continue
    }
    const yes = { fact, d, approver: d.approver ? principalOf(d.approver, fact.producer) : null, asked: requests.find((each) => (each.data as any).approval_id === d.approval_id) }
    ;(fact.timeMs <= latestMs ? given : late).push(yes)
  }
  return { min: Math.max(1, ...conditions.map(({ min }) => min ?? 1)), separation: conditions.some(({ separation }) => separation === true), given, late }
}

function isOfDecision(fact: Fact): boolean {
  const { action_id, tool_call_id, session_id, decision_id } = fact.data as any
  return Boolean(decision_id) && !action_id && !(tool_call_id && session_id)
}

function isClaimed(fact: Fact, { facts, struck }: Journal): boolean {
  const { action_id, tool_call_id, session_id } = fact.data as any
  if (action_id || !tool_call_id || !session_id) return false
  return [...facts, ...struck].some(({ data }) => (data as any).action_id && (data as any).tool_call_id === tool_call_id && (data as any).session_id === session_id)
}

function isFiledOnAction(fact: Fact, journal: Journal): boolean {
  const { action_id, tool_call_id, session_id } = fact.data as any
  return Boolean(action_id || (tool_call_id && session_id && !isClaimed(fact, journal)))
}

function isShared(fact: Fact): boolean {
  const { scope, max_uses, action_id, tool_call_id, session_id, decision_id } = fact.data as any
  const most = max_uses ?? (scope === 'once' ? 1 : 0)
  const namesNothing = !action_id && !(tool_call_id && session_id) && !decision_id
  return scope === 'session' || scope === 'until' || most > 1 || (most === 1 && namesNothing)
}

const mayClaimAt = (fact: Fact, config: TenantConfig, journal: Journal) => mayClaim(fact, { ...journal, configs: [{ fromMs: -Infinity, config }] })

function people(yes: Yes[], act: Act, journal: Journal): number {
  const found: (Principal | null)[] = []
  for (const { approver } of yes) if (found.every((each) => each && approver && compare(each, approver, act, journal) === 'different')) found.push(approver)
  return found.length
}

// ── rules on actions ──────────────────────────────────────────────────────────────────────────────────────────────────

function onAction(act: Act, acts: Act[], journal: Journal): Violation[] {
  const { config, about, chain, request, startMs, askedMs, ran, deciding, initiator, group } = act
  const { skew_ms, context_due_ms, decision_due_ms, execution_due_ms, outcome_due_ms, revocation_propagation_ms, depth_max, credential_age_max_ms } = config.budgets
  const found: Violation[] = []
  const fire = (rule: string, when: boolean, absent?: Violation['absent'], severity = severityOf[rule]!, of = act.id) => {
    if (when) found.push({ id: `${rule}:${of}`, severity, ...(absent ? { absent } : {}) })
  }
  const count = (facts: Fact[], leg: Leg) => counted(facts, leg, about, config, journal)
  const live = group.facts.filter((fact) => !journal.struck.has(fact))
  const sure = (type: string) => live.filter((fact) => fact.type === type && !group.shared.has(fact))
  const same = (a: Principal, b: Principal) => compare(a, b, act, journal)
  const d = request?.data as any
  const due = (field: string) => act.requests.map((fact) => (fact.data as any)[field]).filter(Boolean).map(ms)
  const contextDue = askedMs + context_due_ms
  const beforeStart = (deadlineMs: number) => (startMs === Infinity ? deadlineMs : Math.max(deadlineMs, startMs))
  const acting = request ? (count([request], 'execution').length > 0 ? act.actor : null) : count(live.filter(isNamedDeny), 'decision').length > 0 ? act.actor : null
  const requestCounts = request !== undefined && owns(request, 'execution', about, config, journal)
  const namesChain = chain.named !== undefined && (owns(chain.named, 'execution', about, config, journal) || owns(chain.named, 'delegation', about, config, journal))
  const last = chain.hops.at(-1)
  const status = (act.ends[0]?.data as any)?.status

  fire('INI-01', !initiator.counts, { leg: 'initiator', deadlineMs: contextDue })
  {
    const roots = rootsOfInitiator(act)
    const answering = roots.map((who) => agentOf(who, act.moment.timeMs, about, config, journal)).map(({ sponsor, owner }) => [sponsor, owner].filter((p) => p !== null)).find((all) => all.length > 0) ?? []
    const alone = initiator.itself || initiator.principal?.kind === 'schedule'
      || (initiator.principal !== null && act.actor !== null && same(initiator.principal, act.actor) === 'same' && initiator.principal.kind === 'agent')
    fire('INI-02', initiator.counts && alone && !answering.some((who) => !isGone(who, act.moment.timeMs, journal)), { leg: 'inventory', deadlineMs: contextDue })
  }
  fire('CHN-01', chain.top === 'unknown' || chain.top === 'unseen', { leg: 'delegation', deadlineMs: contextDue })
  fire('CHN-02', chain.hops.some((hop, i) => i > 0 && same(hop.grantor, chain.hops[i - 1]!.delegate) === 'different'))
  fire('CHN-03', namesChain && last !== undefined && acting !== null && same(acting, last.delegate) === 'different')
  if (chain.top === 'root' && act.subject && (requestCounts || !d?.subject)) {
    // The root's subject, and whatever exchanges have made of one of these.
    const allowed = [chain.hops[0]!.subject]
    chain.hops.forEach((hop, i) => {
      if (i > 0 && hop.d.exchange && allowed.some((each) => same(each, chain.hops[i - 1]!.subject) !== 'different')) allowed.push(hop.subject)
    })
    fire('CHN-04', allowed.every((each) => same(act.subject!, each) === 'different'))
  }
  {
    // Reading: as any request says that counts.
    fire('CHN-05', count(act.requests, 'execution').some((fact) => ((fact.data as any).hop_count ?? 0) > chain.hops.length) && chain.top !== 'external', { leg: 'delegation', deadlineMs: contextDue })
  }
  fire('CHN-06', chain.top === 'too_deep' || chain.hops.length > depth_max || chain.hops.some((hop, i) => hop.d.max_depth !== undefined && chain.hops.length - 1 - i > hop.d.max_depth))
  fire('CHN-07', chain.top === 'cycle')
  fire('CHN-08', chain.hops.some((hop) => hop.d.mode === 'impersonation') || (requestCounts && d.agent.kind === 'user'))
  fire('SCP-01', chain.hops.some((hop, i) => i > 0 && !isWithin(hop.d.scope ?? {}, chain.hops[i - 1]!.effective ?? {})))
  fire('SCP-02', chain.hops.some((hop, i) => {
    const above = chain.hops.slice(0, i)
    return (hop.d.not_before && hop.fromMs < Math.max(-Infinity, ...above.map((each) => each.fromMs))) || (hop.d.expires_at && hop.untilMs > Math.min(Infinity, ...above.map((each) => each.untilMs)))
  }))
  if (requestCounts && namesChain && last?.effective) {
    const { actions, resources, constraints } = last.effective
    const place = d.resource && `${d.resource.type}/${d.resource.id}`
    fire('SCP-03', Boolean((actions && !actions.some((pattern) => matches(pattern, d.operation))) || (resources && place && !resources.some((pattern) => matches(pattern, place)))
      || (constraints?.environment && d.resource?.environment && !constraints.environment.includes(d.resource.environment))))
  }
  fire('SCP-06', chain.top === 'root' && chain.hops.some((hop) => hop.delegate.kind === 'agent' && isUnbounded(hop.effective)))
  {
    const fromMs = Math.max(-Infinity, ...chain.hops.map((hop) => hop.fromMs))
    const untilMs = Math.min(Infinity, ...chain.hops.map((hop) => hop.untilMs))
    fire('TIM-01', ran && (startMs + skew_ms < fromMs || startMs - skew_ms > untilMs))
  }
  const used = [...new Set([...count(act.requests, 'execution'), ...act.starts, ...act.ends].flatMap((fact) => (fact.data as any).credential_id ?? []))] as string[]
  const ofCredential = (type: string, id: string) => count(journal.facts.filter((fact) => fact.type === type && (fact.data as any).credential_id === id), 'grants')
  {
    const revoked = [last?.revoked ?? null, ...used.map((id) => ofCredential('credential.revoked', id)[0] ?? null)].filter((fact) => fact !== null)
    fire('TIM-02', ran && revoked.some((fact) => startMs > fact.timeMs + revocation_propagation_ms + skew_ms))
  }
  {
    const rests = [initiator.principal, act.subject, act.actor, ...chain.hops.flatMap((hop) => [hop.grantor, hop.delegate, hop.subject])].filter((who) => who !== null)
    const graceMs = revocation_propagation_ms + skew_ms
    // Reading: sessions that end take only what was there: the session of the action, else its grant.
    const since = initiator.session && count([initiator.session], 'initiator').length > 0 ? initiator.session : last?.grant
    fire('TIM-03', ran && rests.some((who) => !isUnqualified(who) && revokingSignals(who, startMs, journal).some(({ fact, account }) =>
      startMs > fact.timeMs + graceMs && (account || (since && since.timeMs <= fact.timeMs)))))
  }
  {
    fire('TIM-06', used.some((id) => {
      // Reading: whoever says so, retracted or not, has named a user of it.
      const users = [...journal.facts, ...journal.struck].filter((fact) => fact.type === 'action.requested').filter((fact) => (fact.data as any).credential_id === id).map((fact) => principalOf((fact.data as any).agent, fact.producer))
      const issued = ofCredential('credential.issued', id)[0]
      return (ran && credential_age_max_ms !== null && issued !== undefined && startMs > issued.timeMs + credential_age_max_ms + skew_ms)
        || (acting !== null && users.some((who) => same(who, acting) === 'different'))
    }))
  }
  fire('TIM-07', outOfOrder(act, sure, journal))
  fire('DEC-01', deciding.effect === 'deny' && ran)
  const decisionDue = beforeStart(Math.min(askedMs + decision_due_ms, ...due('decision_due')))
  const signedIn = act.decisions.some((fact) => (fact.data as any).phase === 'sign_in')
  fire('DEC-02', ran && ['none', 'ambiguous', 'after_the_fact'].includes(deciding.why ?? '') && !(deciding.why === 'after_the_fact' && signedIn), { leg: 'decision', deadlineMs: decisionDue })
  fire('DEC-03', ran && deciding.why === 'after_the_fact' && signedIn, { leg: 'decision', deadlineMs: decisionDue })
  {
    const executed = argumentsOf(act, journal)
    const points = [...Map.groupBy(inTimeOf(act), pointOf).values()]
    fire('DEC-04', ran && executed.some((args) => points.some((said) => said.some((fact) => otherArguments(args, (fact.data as any).evaluated)) && said.every((fact) => otherArguments(args, (fact.data as any).evaluated)))))
  }
  fire('DEC-05', deciding.by.some((fact) => (fact.data as any).policies.some((policy: any) => leftForce(policy, fact, act, journal))))
  // Reading: a permit beside a worse word of another policy point decides nothing.
  fire('DEC-06', ran && deciding.effect === 'permit' && deciding.by.some((fact) => {
    const said = fact.data as any
    const decidedMs = said.evaluated_at ? ms(said.evaluated_at) : fact.timeMs
    const { actor, operation, resource } = said.evaluated ?? {}
    return (said.ttl_ms !== undefined && startMs > decidedMs + said.ttl_ms + skew_ms)
      || (actor && acting && same(principalOf(actor, fact.producer), acting) === 'different')
      || (operation && requestCounts && operation !== d.operation)
      || (resource && requestCounts && d.resource && (resource.type !== d.resource.type || resource.id !== d.resource.id || differs(resource, d.resource, 'system') || differs(resource, d.resource, 'environment')))
  }))
  fire('DEC-08', ran && deciding.last.some((fact) => (fact.data as any).enforcement === 'failed_open'))
  fire('DEC-09', deciding.last.some((fact) => (fact.data as any).enforcement !== 'failed_open' && ((fact.data as any).policies.length === 0 || (fact.data as any).policies.some((policy: any) => !policy.version && !policy.digest))))
  const approved = approvedOf(act, journal)
  const standing = people(approved.given, act, journal)
  const isShort = deciding.requires.length > 0 && standing < approved.min
  fire('DEC-11', ran && (deciding.why === 'late' || (isShort && approved.late.length > 0)))
  {
    const actors = new Set(live.filter((fact) => fact.type.startsWith('action.')).map((fact) => fact.producer))
    const said = live.filter((fact) => fact.type === 'decision.recorded')
    fire('DEC-12', said.length > 0 && said.every((fact) => !owns(fact, 'decision', about, config, journal) && actors.has(fact.producer)), { leg: 'decision', deadlineMs: decisionDue })
  }
  fire('APR-01', ran && isShort, { leg: 'approval', deadlineMs: beforeStart(contextDue) })
  if (approved.separation) {
    const judged = approved.given.map((yes) => ({ yes, is: standingOf(yes, act, journal) }))
    const enough = (...of: Sameness[]) => people(judged.filter(({ is }) => of.includes(is)).map(({ yes }) => yes), act, journal) >= approved.min
    const own = !enough('different', 'unsure') && judged.some(({ is }) => is === 'same')
    fire('APR-02', !enough('different') && (own || judged.some(({ is }) => is === 'unsure')), undefined, own ? 'high' : 'info')
  }
  {
    const isGood = (yes: Yes) => !isOverused(yes, act, acts, journal)
    fire('APR-03', ran && approved.given.some((yes) => !isGood(yes)) && people(approved.given.filter(isGood), act, journal) < approved.min)
  }
  {
    const lists = deciding.requires.map((fact) => ({ all: (fact.data as any).requires_approval.approvers as PrincipalInput[] | undefined, by: fact.producer })).filter(({ all }) => all)
    const isAmong = ({ approver, asked }: Yes) => {
      const own = asked && (asked.data as any).approvers ? [{ all: (asked.data as any).approvers as PrincipalInput[], by: asked.producer }] : []
      return approver === null || [...lists, ...own].every(({ all, by }) => all!.some((p) => p.kind === 'organization' || same(principalOf(p, by), approver) !== 'different'))
    }
    fire('APR-04', approved.given.some((yes) => !isAmong(yes)) && people(approved.given.filter(isAmong), act, journal) < approved.min)
  }
  const nothingRan = !live.some((fact) => fact.type === 'action.started' || fact.type === 'action.completed')
  const answer = count(sure('approval.resolved'), 'approval').at(-1)
  const refused = nothingRan && (deciding.effect === 'deny' || (answer !== undefined && (answer.data as any).resolution !== 'approved'))
  fire('OUT-01', act.ends.length === 0 && !refused, { leg: 'execution', deadlineMs: execution_due_ms === null ? null : askedMs + execution_due_ms })
  const outcomes = count(sure('outcome.observed'), 'outcome')
  fire('OUT-02', outcomes.length + count(sure('outcome.compensated'), 'outcome').length === 0 && !refused && status !== 'blocked' && status !== 'cancelled',
    { leg: 'outcome', deadlineMs: Math.min((startMs === Infinity ? askedMs : startMs) + outcome_due_ms, ...due('outcome_due')) })
  fire('OUT-03', outcomes.some((fact) => {
    const seen = (fact.data as any).observed_effect
    return seen === 'differs' || (seen === 'did_not_occur' && status === 'succeeded') || (seen === 'occurred' && (deciding.effect === 'deny' || ['failed', 'blocked', 'cancelled'].includes(status)))
  }))
  fire('DOM-01', chain.hops.some((_, i) => crosses(chain.hops, i)), { leg: 'delegation', deadlineMs: contextDue })
  fire('DOM-03', used.some((id) => {
    const environments = ofCredential('credential.issued', id).flatMap((fact) => (fact.data as any).environment ?? [])
    return d?.resource?.environment && environments.length > 0 && !environments.includes(d.resource.environment)
  }))
  if (acting) {
    const known = isUnqualified(acting)
      ? journal.facts.filter((fact) => /^agent\.(registered|updated)$/.test(fact.type)).map((fact) => principalOf((fact.data as any).agent, fact.producer)).filter((who) => who.sub === acting.sub)
      : [...identitiesOf(acting, act, journal).map((each) => fromText(each)), principalOf({ sub: acting.sub, kind: 'agent' }, '')]
    fire('AGT-01', !known.some((who) => agentOf(who, Infinity, about, config, journal).registered), { leg: 'inventory', deadlineMs: contextDue }, 'medium', text(acting))
    if (!isUnqualified(acting)) {
      const then = agentOf(acting, act.moment.timeMs, about, config, journal)
      fire('AGT-02', then.status === 'active' && [then.owner, then.sponsor].some((who) => who !== null && !isUnqualified(who) && isGone(who, act.moment.timeMs, journal)),
        { leg: 'inventory', deadlineMs: contextDue }, 'medium', text(acting))
      const acted = act.starts[0] ?? count(act.requests, 'execution')[0]
      const records = [-skew_ms, 0, skew_ms].map((byMs) => agentOf(acting, (acted?.timeMs ?? 0) + byMs, about, config, journal))
      fire('AGT-04', acted !== undefined && records.every(({ status }) => status === 'suspended' || status === 'retired'), undefined, 'critical', text(acting))
    }
  }
  {
    const counts = [...live.filter((fact) => count([fact], legOfType(fact.type)!).length > 0), ...chain.grants]
    const twice = [...Map.groupBy(counts, (fact) => `${fact.source}\n${fact.id}`).values()].filter((facts) => new Set(facts.map((fact) => fact.digest())).size > 1)
    fire('INT-03', twice.length > 0, undefined, twice.some((facts) => facts.some((fact) => /^(decision|approval)\./.test(fact.type))) ? 'high' : 'medium')
  }
  {
    const asked = count(sure('action.requested'), 'execution')
    fire('INT-09', asked.some((a) => asked.some((b) => (a.data as any).operation !== (b.data as any).operation
      || same(principalOf((a.data as any).agent, a.producer), principalOf((b.data as any).agent, b.producer)) === 'different')))
  }
  return found
}

const differs = (a: any, b: any, part: string) => a[part] !== undefined && b[part] !== undefined && a[part] !== b[part]

function isNamedDeny(fact: Fact): boolean {
  const d = fact.data as any
  return fact.type === 'decision.recorded' && d.effect === 'deny' && Boolean(d.evaluated?.actor && d.evaluated?.operation)
}

/** Of whom the inventory is asked who answers: what set it off, then, for a schedule, the agent that it runs. */
function rootsOfInitiator({ initiator, request, actor }: Act): Principal[] {
  const { principal, session, itself } = initiator
  const first = principal && (principal.kind === 'agent' || principal.kind === 'schedule' || itself) ? [principal] : []
  if (principal?.kind !== 'schedule' && (principal !== null || !itself)) return first
  if (session) return [...first, principalOf((session.data as any).agent, session.producer)]
  return request && actor ? [...first, actor] : first
}

function standingOf({ d, approver }: Yes, act: Act, journal: Journal): Sameness {
  if (d.kind === 'confirmation') return 'same'
  if (!approver) return 'unsure'
  const kindOf = ({ kind }: Principal) => (kind === 'user' ? 'person' : kind === 'unknown' || kind === 'organization' ? 'unsure' : 'thing')
  const parts = [act.initiator.principal, act.subject, act.actor, ...act.chain.hops.flatMap((hop) => [hop.grantor, hop.delegate, hop.subject])].filter((who) => who !== null)
  const all = new Set(parts.map((who) => (kindOf(who) === kindOf(approver) ? separate(approver, who, act, journal) : compare(approver, who, act, journal))))
  if (all.has('same')) return 'same'
  return all.has('unsure') || (!act.initiator.principal && !act.subject) ? 'unsure' : 'different'
}

function isOverused({ fact, d, asked }: Yes, act: Act, acts: Act[], journal: Journal): boolean {
  const { startMs, config: { budgets: { skew_ms } } } = act
  const askedUntil = (asked?.data as any)?.expires_at
  // Reading: an end that an approval gives counts whatever its scope; that of what was asked for a scope `until` alone.
  const until = d.expires_at ?? (d.scope === 'until' ? askedUntil : undefined)
  if (until !== undefined && startMs > ms(until) + skew_ms) return true
  if (askedUntil !== undefined && fact.timeMs > ms(askedUntil) + skew_ms) return true
  if (d.scope === 'session') {
    const of = d.session_id ?? (asked?.data as any)?.session_id
    const sessions = act.group.facts.filter((each) => each.type.startsWith('action.') && !act.group.shared.has(each) && !journal.struck.has(each)).flatMap((each) => (each.data as any).session_id ?? [])
    if (of && sessions.length > 0 && !sessions.includes(of)) return true
    const end = act.initiator.sessionEnd
    if (end && startMs > end.timeMs + skew_ms) return true
  }
  const about = d.arguments_digest ? d : (asked?.data as any)
  if (argumentsOf(act, journal).some((args) => otherArguments(args, about))) return true
  const limit = d.max_uses ?? (d.scope === 'once' ? 1 : Infinity)
  // Reading: of another action that names it, as who may claim says, it is a use that it ran, whoever says so; at equal times that of the lesser id came first.
  const usedMs = (other: Act) => {
    const ran = other.group.facts.filter((each) => !journal.struck.has(each) && (each.type === 'action.started' || each.type === 'action.completed'))
    const stopped = ran.some((each) => ['blocked', 'cancelled'].includes((each.data as any).status))
    return stopped || ran.length === 0 ? Infinity : ran[0]!.timeMs
  }
  const before = acts.filter((other) => other !== act && other.group.facts.some((each) => !journal.struck.has(each) && (each.data as any).approval_id === d.approval_id && mayClaim(each, journal) && isFiledOnAction(each, journal))
    && (usedMs(other) < startMs || (usedMs(other) === startMs && other.id < act.id)))
  return before.length + 1 > limit
}

function isWithin(child: Scope, parent: Scope): boolean {
  const patterns = (a?: string[], b?: string[]) => !a || !b || a.every((x) => b.some((y) => x === y || (y.endsWith('*') && x.startsWith(y.slice(0, -1)))))
  const sets = (a?: string[], b?: string[]) => !a || !b || a.every((x) => b.includes(x))
  const [c, p] = [child.constraints ?? {}, parent.constraints ?? {}]
  return patterns(child.actions, parent.actions) && patterns(child.resources, parent.resources) && sets(child.audience, parent.audience) && sets(child.oauth_scopes, parent.oauth_scopes)
    && sets(c.environment, p.environment) && sets(c.data_class, p.data_class) && !(c.max_uses !== undefined && p.max_uses !== undefined && c.max_uses > p.max_uses)
}

function isUnbounded(scope: Scope | null): boolean {
  if (!scope) return true
  const open = (patterns?: string[]) => !patterns || patterns.includes('*')
  return open(scope.actions) && open(scope.resources) && !scope.audience && !scope.oauth_scopes && Object.keys(scope.constraints ?? {}).length === 0
}

function crosses(hops: Hop[], i: number): boolean {
  const { d, delegate } = hops[i]!
  const domain = (iss: string) => /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i.exec(iss)?.[1]!.toLowerCase() ?? iss
  const ofDelegate = (who: Principal) => (isUnqualified(who) ? null : domain(who.iss))
  if (d.exchange) return false
  if (i === 0) {
    const into = d.issuer ? domain(d.issuer) : ofDelegate(delegate)
    return d.parent.kind === 'external' && into !== null && into !== d.parent.domain.toLowerCase() && !(d.parent.iss && domain(d.parent.iss) === into)
  }
  const above = hops[i - 1]!
  const [from, into] = d.issuer && above.d.issuer ? [domain(above.d.issuer), domain(d.issuer)] : [ofDelegate(above.delegate), ofDelegate(delegate)]
  return from !== null && into !== null && from !== into
}

function leftForce(policy: any, decision: Fact, act: Act, journal: Journal): boolean {
  const { skew_ms } = act.config.budgets
  const decidedMs = (decision.data as any).evaluated_at ? ms((decision.data as any).evaluated_at) : decision.timeMs
  const version = policy.version ?? policy.digest
  const said = counted(journal.facts.filter((fact) => fact.type.startsWith('policy.') && (fact.data as any).policy.id === policy.id), 'decision', act.about, act.config, journal)
    .map((fact) => ({ type: fact.type, version: (fact.data as any).policy.version ?? (fact.data as any).policy.digest, fromMs: (fact.data as any).effective_from ? ms((fact.data as any).effective_from) : fact.timeMs }))
  const ownMs = Math.max(-Infinity, ...said.filter((each) => each.type === 'policy.published' && each.version === version && each.fromMs <= decidedMs + skew_ms).map(({ fromMs }) => fromMs))
  const later = said.filter(({ fromMs }) => fromMs > ownMs && fromMs + skew_ms < decidedMs)
  return later.some((each) => (each.type === 'policy.retired' ? each.version === undefined || each.version === version
    : ownMs > -Infinity && version !== undefined && each.version !== undefined && each.version !== version))
}

/** What must have come first and is dated later, by more than clocks may differ. */
function outOfOrder(act: Act, sure: (type: string) => Fact[], journal: Journal): boolean {
  // Reading: whoever says it; an end stands for a start that nobody has told of, and the first answer for all.
  const { config: { budgets: { skew_ms } }, chain, initiator, request } = act
  const isAfter = (cause: Fact | undefined, effect: Fact | undefined) => cause !== undefined && effect !== undefined && cause.timeMs > effect.timeMs + skew_ms
  const [start, end] = [act.starts[0], act.ends[0]]
  const seen = counted(sure('outcome.observed'), 'outcome', act.about, act.config, journal)[0]
  const answers = sure('approval.resolved')
  return isAfter(start, end) || isAfter(request, start ?? end) || isAfter(initiator.session, request) || isAfter(start ?? end, seen)
    || chain.hops.some((hop, i) => isAfter(hop.grant, i === chain.hops.length - 1 ? (start ?? end) : chain.hops[i + 1]!.grant))
    || sure('approval.requested').some((ask) => isAfter(ask, answers.find((answer) => (answer.data as any).approval_id === (ask.data as any).approval_id)))
}

// ── rules on what is no action ────────────────────────────────────────────────────────────────────────────────────────

function onDelegations(acts: Act[], journal: Journal): Found[] {
  const ids = new Set(journal.facts.filter((fact) => fact.type === 'delegation.granted').map((fact) => (fact.data as any).delegation_id as string))
  return [...ids].flatMap((id) => {
    const grants = journal.facts.filter((fact) => fact.type === 'delegation.granted' && (fact.data as any).delegation_id === id)
    const first = grants[0]!
    const [about, config] = [{ agent: principalOf((first.data as any).delegate, first.producer), system: null }, configAt(first.timeMs, journal)]
    const grant = counted(grants, 'delegation', about, config, journal)[0]
    const most = (grant?.data as any)?.scope?.constraints?.max_uses
    const uses = acts.filter((act) => act.startMs < Infinity && act.chain.hops.some((hop) => hop.d.delegation_id === id)).length
    return most !== undefined && uses > most ? judge({ id: `RAT-01:${id}`, severity: 'medium' }, { about, config }, journal) : []
  })
}

interface Access { id: string; about: About; config: TenantConfig; activated: Fact; withdrawn: Fact | undefined; untilMs: number }

function accessOf(journal: Journal): Access[] {
  const all = journal.facts.filter((fact) => fact.type === 'grant.activated' || fact.type === 'grant.withdrawn')
  return [...Map.groupBy(all, (fact) => (fact.data as any).grant_id as string)].flatMap(([id, facts]) => {
    const first = facts.find((fact) => fact.type === 'grant.activated')
    if (!first) return []
    const [about, config] = [{ agent: principalOf((first.data as any).agent, first.producer), system: null }, configAt(first.timeMs, journal)]
    const told = counted(facts, 'grants', about, config, journal)
    const activated = told.find((fact) => fact.type === 'grant.activated')
    if (!activated) return []
    const { expires_at } = activated.data as any
    return [{ id, about, config, activated, withdrawn: told.find((fact) => fact.type === 'grant.withdrawn'), untilMs: expires_at ? ms(expires_at) : Infinity }]
  })
}

function onGrants(journal: Journal): Found[] {
  return accessOf(journal).flatMap((access) => {
    const { id, about, config, activated, withdrawn, untilMs } = access
    const { skew_ms, revocation_propagation_ms } = config.budgets
    const { withdrawal_due, session_id } = activated.data as any
    const gone = (rule: string, byMs: number): Found[] => {
      if (untilMs <= byMs || (withdrawn && withdrawn.timeMs <= byMs)) return []
      return judge({ id: `${rule}:${id}`, severity: 'medium', ...(withdrawn ? {} : { absent: { leg: 'grants' as const, deadlineMs: byMs } }) }, { about, config }, journal)
    }
    const ends = journal.facts.filter((fact) => fact.type === 'session.ended' && session_id !== undefined && (fact.data as any).session_id === session_id)
    const end = counted(ends, 'initiator', about, config, journal)[0]
    return [
      ...(withdrawal_due ? gone('TIM-04', ms(withdrawal_due) + skew_ms) : []),
      ...(end ? gone('TIM-05', end.timeMs + revocation_propagation_ms + skew_ms) : []),
    ]
  })
}

function onAgents(acts: Act[], journal: Journal): Found[] {
  const config = lastConfig(journal)
  const agents = new Map(journal.facts.filter((fact) => fact.type.startsWith('agent.')).map((fact) => principalOf((fact.data as any).agent, fact.producer)).reverse().map((who) => [text(who), who]))
  return [...agents].flatMap(([id, agent]) => {
    const about = { agent, system: null }
    const grants = accessOf(journal).filter((access) => text(access.about.agent!) === id && !access.withdrawn && access.untilMs > journal.horizonMs)
    const acted = acts.filter((act) => act.actor && text(act.actor) === id).map((act) => act.moment.timeMs)
    const sinceMs = acted.length > 0 ? Math.max(...acted) : Math.min(...grants.map((access) => access.activated.timeMs))
    return grants.length === 0 ? []
      : judge({ id: `AGT-03:${id}`, severity: 'info', absent: { leg: 'execution', deadlineMs: sinceMs + config.budgets.dormant_after_ms } }, { about, config }, journal)
  })
}

function onSources(raw: readonly Fact[], journal: Journal): Found[] {
  const config = lastConfig(journal)
  const all = { config, about: null }
  const found: Found[] = []
  for (const source of new Set(raw.map((fact) => fact.source))) {
    const speaking = config.producers.filter((each) => each.legs.includes('heartbeat') && each.sources.some((pattern) => matches(pattern, source))).map(({ id }) => id)
    const sent = raw.filter((fact) => fact.source === source && fact.event.sequence !== undefined).map((fact) => ({ n: Number(fact.event.sequence), timeMs: fact.timeMs })).sort((a, b) => a.n - b.n || a.timeMs - b.timeMs)
    const holes = sent.filter(({ n }, i) => i > 0 && n > sent[i - 1]!.n + 1)
    if (holes.length > 0) {
      const deadlineMs = Math.min(...holes.map(({ timeMs }) => timeMs)) + config.budgets.context_due_ms
      found.push(...judge({ id: `INT-01:${source}`, severity: 'medium', absent: { leg: 'heartbeat', deadlineMs, owners: speaking } }, all, journal))
    }
    const beat = journal.facts.findLast((fact) => fact.type === 'source.heartbeat' && fact.source === source && speaking.some((id) => journal.saidBy.get(fact)!.includes(id)))
    const next = (beat?.data as any)?.next_before
    if (next && speaking.length > 0) {
      const by = journal.saidBy.get(beat!)!.find((id) => speaking.includes(id))
      const delayMs = config.producers.find(({ id }) => id === by)!.delay_ms
      found.push(...judgeSilence(source, ms(next) + delayMs + config.budgets.skew_ms, config, journal))
    }
    if (journal.facts.some((fact) => fact.type === 'source.gap' && fact.source === source)) found.push(...judge({ id: `INT-10:${source}`, severity: 'medium' }, all, journal))
  }
  for (const log of new Set(raw.filter((fact) => fact.type === 'integrity.failed').map((fact) => (fact.data as any).log as string)))
    found.push(...judge({ id: `INT-02:${log}`, severity: 'critical' }, all, journal))
  return found
}

function judgeSilence(source: string, byMs: number, config: TenantConfig, journal: Journal): Found[] {
  const { on, severity } = config.rules['INT-04'] ?? {}
  return on === false || journal.horizonMs < byMs ? [] : [{ id: `INT-04:${source}`, severity: severity ?? 'medium', provisional: false }]
}

function onEffects(acts: Act[], journal: Journal): Found[] {
  const bound = new Set(acts.flatMap((act) => act.group.facts))
  const loose = journal.facts.filter((fact) => fact.type === 'outcome.observed' && (fact.data as any).credential_id && !bound.has(fact))
  const keyOf = (fact: Fact) => `${(fact.data as any).credential_id}|${(fact.data as any).resource?.type ?? ''}|${fact.time.slice(0, 13)}`
  return [...Map.groupBy(loose, keyOf)].flatMap(([key, effects]) => {
    const [config, about] = [configAt(effects[0]!.timeMs, journal), null]
    const credential = (effects[0]!.data as any).credential_id
    const issue = counted(journal.facts.filter((fact) => fact.type === 'credential.issued' && (fact.data as any).credential_id === credential), 'grants', about, config, journal)[0]
    const used = [...journal.facts, ...journal.struck].some((fact) => fact.type === 'action.requested' && (fact.data as any).credential_id === credential)
    if (!used && (issue?.data as any)?.holder.kind !== 'agent') return []
    const writes = counted(effects, 'outcome', about, config, journal).filter((fact) => (fact.data as any).observed_effect !== 'did_not_occur')
    if (writes.length === 0) return []
    return judge({ id: `OUT-05:${key}`, severity: 'medium', absent: { leg: 'execution', deadlineMs: writes.at(-1)!.timeMs + config.budgets.context_due_ms } }, { config, about }, journal)
  })
}

// ── legs ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

function legsOf(act: Act, journal: Journal): Record<string, string> {
  const { group, about, config, deciding, chain, initiator } = act
  const live = group.facts.filter((fact) => !journal.struck.has(fact))
  const all = (...types: string[]) => live.filter((fact) => types.includes(fact.type))
  const count = (leg: Leg, ...types: string[]) => counted(all(...types).filter((fact) => !group.shared.has(fact)), leg, about, config, journal)
  const shady = (...types: string[]) => all(...types).some((fact) => group.shared.has(fact))
  const evidence = (facts: Fact[], leg: Leg) => (owns(facts[0]!, leg, about, config, journal) ? 'observed' : 'asserted')
  const untold = (leg: Leg) => (isOwned(leg, about, config) ? 'missing' : 'not_covered')
  const executions = [...count('execution', 'action.started'), ...count('execution', 'action.completed')]
  const outcomes = count('outcome', 'outcome.observed', 'outcome.compensated')
  const approvals = count('approval', 'approval.resolved')
  const decisions = counted(all('decision.recorded'), 'decision', about, config, journal)
  const nothingRan = all('action.started', 'action.completed').length === 0
  return {
    initiator: initiator.counts ? (initiator.owned ? 'observed' : 'asserted') : untold('initiator'),
    delegation: chain.hops.length === 0 ? untold('delegation') : chain.hops.every((hop) => owns(hop.grant, 'delegation', about, config, journal)) ? 'observed' : 'asserted',
    decision: decisions.length === 0 ? untold('decision')
      : deciding.by.length > 0 ? (group.shared.has(deciding.by[0]!) ? 'ambiguous' : evidence(deciding.by, 'decision'))
      : decisions.every((fact) => group.shared.has(fact)) ? 'ambiguous' : evidence(decisions.filter((fact) => !group.shared.has(fact)), 'decision'),
    approval: approvals.length > 0 ? evidence(approvals, 'approval') : shady('approval.resolved') ? 'ambiguous' : deciding.requires.length > 0 ? untold('approval') : 'not_required',
    execution: executions.length > 0 ? evidence(executions, 'execution') : shady('action.started', 'action.completed') ? 'ambiguous' : deciding.effect === 'deny' ? 'not_required' : untold('execution'),
    outcome: outcomes.length > 0 ? evidence(outcomes, 'outcome') : act.ends.length > 0 ? 'asserted' : shady('outcome.observed', 'outcome.compensated', 'action.completed') ? 'ambiguous'
      : nothingRan && deciding.effect === 'deny' ? 'not_required' : untold('outcome'),
  }
}

function fromText(each: string): Principal {
  const plain = (part: string) => part.replaceAll('%7C', '|').replaceAll('%25', '%')
  const cut = each.indexOf('|')
  return principalOf({ ...(cut > 0 ? { iss: plain(each.slice(0, cut)) } : {}), sub: plain(each.slice(cut + 1)), kind: 'agent' }, '')
}

function ms(time: string): number {
  return timeOf(time)!.timeMs
}

import { canonicalJson, type Parent, type Principal, type Scope } from '@onbehalf/events'
import type { Fact } from '../index.ts'
import { sha256 } from './world.ts'

/**
 * The meaning of a journal, computed the slow way from design/lineage.md: everything at once, claims as a plain list,
 * resolution by search. It shares only types with the library; where the page is silent (whose arguments count, a pending
 * approval, located by the same span, the name of a policy point, ends of actions that merely claim a call id) it takes
 * the library's reading. Cut of this issue: every entry comes from producer `default`, which owns execution and nothing
 * else.
 */
export interface Told {
  id: string
  initiator: Said
  subject: Said
  actor: Said
  executor: Said
  chain: { delegation_id: string; effective_scope: Scope | null; revoked_at: string | null }[]
  legs: Record<string, string>
  decision: string | null
  status: string
  agreement: string
  completeness: { required: number; present: number }
  decisions: string[]
  approvals: string[]
  executions: string[]
  outcomes: string[]
  ambiguous: { key: string; candidates: string[] }[]
  time: string
  session: string | null
}
interface Said { principal: string | null; evidence: string }

interface Named { rank: number; text: string; document: Record<string, string> }
interface Claim { weak: Named; by: Named; fact: Fact }
/** Everything said about actions. */
export interface Journal { all: Fact[]; facts: Fact[]; keys: Map<Fact, Named[]>; claims: Claim[] }
/** A key, or one use of a call id: what an action can be. */
interface Place { key: Named; part: number }
export interface Group extends Place { facts: Fact[]; shared: Map<Fact, Group[]>; located: Set<Fact> }

export function tellAll(raw: readonly Fact[]): Told[] {
  const { groups, journal } = groupsOf(distinct(raw), () => true)
  return groups.map((g) => describe(g, journal)).sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.id < b.id ? -1 : 1))
}

/** Which facts belong to which action. @param all each once @param follows whether the claims of a fact count @param locates whether its span does */
export function groupsOf(all: readonly Fact[], follows: (fact: Fact) => boolean, locates: (fact: Fact) => boolean = () => true): { groups: Group[]; journal: Journal; idOf: (group: Group) => string } {
  const facts = all.filter((fact) => /^(action|decision|approval|outcome)\./.test(fact.type))
  const keys = new Map(facts.map((fact) => [fact, keysOfFact(fact)]))
  const followed = new Map([...keys].filter(([fact]) => follows(fact)))
  const journal = { all: [...all], facts, keys, claims: claimsOf([...all], followed) }

  const groups: Group[] = []
  const groupOf = (place: Place): Group => {
    let found = groups.find((g) => samePlace(g, place))
    if (!found) groups.push(found = { ...place, facts: [], shared: new Map(), located: new Set() })
    return found
  }
  const loose: Fact[] = []
  for (const fact of facts) {
    const roots = keys.get(fact)!.length > 0 ? rootsOf(fact, journal).map(groupOf) : []
    if (roots.length === 0) loose.push(fact)
    for (const root of roots) {
      root.facts.push(fact)
      if (roots.length > 1) root.shared.set(fact, roots)
    }
  }
  for (const fact of loose) locate(fact, groups, locates)
  for (const g of groups) g.facts.sort(story)
  return { groups, journal, idOf: (group) => publicId(group, journal) }
}

/** As given, else a digest of the strongest key and, where a call id was used again, of what began this use. */
function publicId({ key, part }: Place, journal: Journal): string {
  if (key.rank === 1) return key.document.value!
  const began = part === 0 ? undefined : timeline(key, journal).find((moment) => moment.part === part)!.fact
  return `d-${sha256(canonicalJson(began ? { ...key.document, fact: `${began.source}\n${began.id}` } : key.document)).slice(0, 32)}`
}

// ── keys, claims, resolution ──────────────────────────────────────────────────────────────────────────────────────────

/** A fact's keys, strongest first, as the table of lineage.md ranks them. */
function keysOfFact(fact: Fact): Named[] {
  const d = fact.data as any
  const keys: Named[] = []
  const add = (rank: number, document: Record<string, string>) => keys.push({ rank, document, text: canonicalJson(document) })
  if (d.action_id) add(1, { kind: 'action_id', value: d.action_id })
  if (d.tool_call_id && d.session_id) add(2, { kind: 'tool_call_id', value: d.tool_call_id, session: d.session_id })
  // `traceparent` only locates: it scopes no call id.
  if (d.tool_call_id && d.trace_id) add(2.5, { kind: 'tool_call_id', value: d.tool_call_id, trace: d.trace_id.toLowerCase() })
  if (d.decision_id) add(4, { kind: 'decision_id', value: d.decision_id })
  if (d.approval_id) add(5, { kind: 'approval_id', value: d.approval_id })
  if (d.request_id && d.pep) add(6, { kind: 'request_id', value: d.request_id, pep: d.pep })
  if (d.request_id && !d.pep) add(6, { kind: 'request_id', value: d.request_id, producer: fact.producer })
  for (const id of d.upstream_request_ids ?? []) add(7, { kind: 'upstream_request_id', value: id })
  // Not in the table of lineage.md: only where an outcome is filed that names nothing else.
  if (d.outcome_id && keys.length === 0) add(8, { kind: 'outcome_id', value: d.outcome_id })
  return keys.sort((a, b) => a.rank - b.rank)
}

/** An entry claims its weaker keys for its strongest. */
function claimsOf(all: Fact[], keys: Map<Fact, Named[]>): Claim[] {
  const claims = [...keys].flatMap(([fact, [by, ...rest]]) =>
    rest.filter((weak) => weak.rank > by!.rank).map((weak) => ({ weak, by: by!, fact })))
  // "Trace T is in session s" claims T's call ids for s.
  for (const fact of all) {
    const { session_id, trace_id } = fact.data as any
    if (!session_id || !trace_id) continue
    for (const weak of [...keys.values()].flat()) {
      const { kind, trace, value } = weak.document
      if (kind !== 'tool_call_id' || trace !== trace_id.toLowerCase()) continue
      const document = { kind, value: value!, session: session_id as string }
      claims.push({ weak, by: { rank: 2, document, text: canonicalJson(document) }, fact })
    }
  }
  return claims
}

/** The roots of a fact, by its strongest key, that can be actions. */
function rootsOf(of: Fact, journal: Journal): Place[] {
  const top = (key: Named, when: Fact): Place[] => {
    const part = partOf(when, key, journal)
    const here = journal.claims.filter((c) => c.weak.text === key.text && partOf(c.fact, key, journal) === part)
    if (new Set(here.map((c) => c.by.text)).size > 8) return []
    return here.length === 0 ? [{ key, part }] : here.flatMap((c) => top(c.by, c.fact))
  }
  const found = top(journal.keys.get(of)![0]!, of).filter(({ key }) => {
    if (key.rank <= 3) return true
    if (key.rank > 5) return false
    return journal.facts.some((fact) => isNamedDeny(fact) && journal.keys.get(fact)![0]!.text === key.text)
  })
  return found.filter((place, i) => found.findIndex((other) => samePlace(place, other)) === i)
}

function samePlace(a: Place, b: Place): boolean {
  return a.key.text === b.key.text && a.part === b.part
}

function isNamedDeny(fact: Fact): boolean {
  const d = fact.data as any
  return fact.type === 'decision.recorded' && d.effect === 'deny' && Boolean(d.evaluated?.actor && d.evaluated?.operation)
}

function partOf(fact: Fact, key: Named, journal: Journal): number {
  return Math.floor(key.rank) === 2 ? timeline(key, journal).find((moment) => moment.fact === fact)!.part : 0
}

/**
 * What carries a call id, in time, with the use that it is part of: a request or start after a terminal fact begins the
 * next. What ends an action that claims the call id ends its use, too, whether or not it carries the call id itself. An
 * action with an id of its own is not begun again by a start that sorts behind its end.
 */
function timeline(call: Named, { facts, keys, claims }: Journal): { fact: Fact; part: number }[] {
  const claiming = claims.filter((c) => c.weak.text === call.text)
  const strongest = (fact: Fact) => keys.get(fact)?.[0]
  const carries = (fact: Fact) => strongest(fact)?.text === call.text || claiming.some((c) => c.fact === fact)
  const ends = (fact: Fact) => fact.type === 'action.completed' && claiming.some((c) => c.by.text === strongest(fact)?.text)
  const moments: { fact: Fact; part: number }[] = []
  let part = 0
  let over: Fact[] = []
  for (const fact of facts.filter((f) => carries(f) || ends(f)).sort(story)) {
    // An end before anything carries the call id ends no use of it.
    if (moments.length === 0 && !carries(fact)) continue
    const begins = fact.type === 'action.requested' || fact.type === 'action.started'
    const isOver = strongest(fact)!.rank === 1 && over.some((end) => strongest(end)!.text === strongest(fact)!.text)
    if (begins && over.length > 0 && !isOver) {
      part++
      over = []
    }
    if (fact.type === 'action.completed') over.push(fact)
    moments.push({ fact, part })
  }
  return moments
}

/** A decision, approval or execution that no key binds: to the action whose span it was told from. */
function locate(fact: Fact, groups: Group[], locates: (fact: Fact) => boolean): void {
  if (!fact.traceId || !fact.spanId || fact.type.startsWith('outcome.')) return
  const on = groups.filter((g) => g.facts.some((f) => !g.located.has(f) && !g.shared.has(f) && locates(f)
    && f.type.startsWith('action.') && f.traceId === fact.traceId && f.spanId === fact.spanId))
  for (const g of on) {
    g.facts.push(fact)
    g.located.add(fact)
    if (on.length > 1) g.shared.set(fact, on)
  }
}

// ── what one action means ─────────────────────────────────────────────────────────────────────────────────────────────

function describe(g: Group, journal: Journal): Told {
  const { all } = journal
  const shady = g.facts.filter((fact) => g.shared.has(fact))
  const sure = g.facts.filter((fact) => !g.shared.has(fact))
  const of = (list: Fact[], type: string) => list.filter((fact) => fact.type === type).map((fact) => ({ fact, d: fact.data as any }))
  const requests = of(sure, 'action.requested')
  const starts = of(sure, 'action.started')
  const ends = of(sure, 'action.completed')
  const request = requests[0]?.d
  const saysWho = requests.find(({ d }) => d.initiator)?.d.initiator

  const session = sure.map((f) => (f.data as any).session_id as string | undefined).find((s) => s !== undefined) ?? null
  const opened = all.filter((f) => f.type === 'session.started' && (f.data as any).session_id === session).sort(story).map((f) => f.data as any)[0]

  const inherited: Principal | undefined = opened?.initiator ?? (opened?.trigger === 'autonomous' ? opened.agent
    : opened?.trigger === 'schedule' && opened.trigger_ref
      ? { iss: 'urn:onbehalf:unqualified:default', sub: opened.trigger_ref, kind: 'schedule' } : undefined)
  // A schedule is an initiator also where it is not named.
  const unnamed = opened?.trigger === 'schedule' && inherited === undefined

  // chain
  const delegationId: string | undefined = requests.find(({ d }) => d.delegation_id)?.d.delegation_id
  const { hops, whole } = chain(delegationId, all)
  const delegated = whole.at(-1)?.subject

  // decision: per policy point the last enforced runtime decision before the start; any deny wins
  const startMs = Math.min(...[...starts, ...ends].map(({ fact }) => fact.timeMs))
  // The arguments that ran, else those that were asked for.
  const ranWith = [...starts, ...ends, ...requests].find(({ d }) => d.arguments_digest)?.d
  const decisions = of(sure, 'decision.recorded')
  const points = new Map<string, any[]>()
  for (const { fact, d } of decisions) {
    if (d.phase !== 'runtime' || d.enforcement === 'not_enforced' || fact.timeMs > startMs + skewMs) continue
    if (ranWith && otherArguments(ranWith, d.evaluated)) continue
    const point = d.pdp ?? d.pep ?? `${fact.producer} ${fact.source}`
    const [last] = points.get(point) ?? []
    if (!last || last.ms < fact.timeMs) points.set(point, [{ ms: fact.timeMs, d }])
    else if (last.ms === fact.timeMs) points.get(point)!.push({ ms: fact.timeMs, d })
  }
  // At equal times deny wins, else the later in the story.
  const deciding = [...points.values()].map((list) => list.find(({ d }) => effectOf(d) === 'deny') ?? list.at(-1)!).map(({ d }) => d)
  const effects = deciding.map(effectOf)
  const shadyDeny = shady.some((f) => f.type === 'decision.recorded' && (f.data as any).effect === 'deny')
  const decision = shadyDeny ? 'deny' : ([...effects].sort(worstFirst)[0] ?? null)

  /** Who was denied, where nobody asked: the first denial that says who wanted what. */
  const denial = g.facts.find(isNamedDeny)

  // approval
  const needed = !shadyDeny && deciding.some((d) => d.requires_approval)
  const approvals = of(sure, 'approval.resolved')
  const answered = new Set(approvals.map(({ d }) => d.approval_id))
  const unanswered = of(sure, 'approval.requested').some(({ d }) => !answered.has(d.approval_id))
  const unsureOutcome = shady.some((f) => ['outcome.observed', 'outcome.compensated', 'action.completed'].includes(f.type))
  const shadyRun = shady.some((f) => ['action.started', 'action.completed'].includes(f.type))
  const shadyApproval = shady.some((f) => f.type === 'approval.resolved')

  // outcome
  const terminal = ends[0]?.d
  const outcomes = of(sure, 'outcome.observed')
  const undone = of(sure, 'outcome.compensated').length > 0
  const stopped = terminal?.status === 'blocked' || terminal?.status === 'cancelled'
  const ran = !stopped && starts.length + ends.length > 0
  const contradicts = outcomes.some(({ d }) => d.observed_effect === 'differs' ||
    (d.observed_effect === 'did_not_occur' && terminal?.status === 'succeeded') ||
    (d.observed_effect === 'occurred' && (decision === 'deny' || ['blocked', 'cancelled', 'failed'].includes(terminal?.status))))

  const legs: Record<string, string> = {
    initiator: saysWho || inherited || unnamed ? 'asserted' : 'not_covered',
    delegation: hops.length > 0 ? 'asserted' : 'not_covered',
    decision: shadyDeny ? 'ambiguous' : decisions.length > 0 ? 'asserted' : shady.some((f) => f.type === 'decision.recorded') ? 'ambiguous' : 'not_covered',
    approval: approvals.length > 0 ? 'asserted' : shadyApproval ? 'ambiguous' : needed ? 'not_covered' : 'not_required',
    execution: starts.length + ends.length > 0 ? 'observed' : shadyRun ? 'ambiguous' : decision === 'deny' ? 'not_required' : 'missing',
    outcome: terminal || outcomes.length > 0 || undone ? 'asserted' : unsureOutcome ? 'ambiguous'
      : decision === 'deny' && starts.length === 0 && !shadyRun ? 'not_required' : 'not_covered',
  }
  // Only execution has an owner, so only there a leg that is not told is required.
  const counted = Object.entries(legs).filter(([leg, e]) => e === 'observed' || e === 'asserted' || (leg === 'execution' && e !== 'not_required'))
  const present = counted.filter(([, e]) => e === 'observed' || e === 'asserted')

  return {
    id: publicId(g, journal),
    initiator: unnamed && !saysWho ? { principal: null, evidence: 'asserted' } : said(saysWho ?? inherited),
    subject: said(request?.subject ?? delegated),
    actor: request ? said(request.agent, 'observed')
      : said(denial && (denial.data as any).evaluated.actor, denial && g.shared.has(denial) ? 'ambiguous' : 'asserted'),
    executor: executorSaid(starts.find(({ d }) => d.executor)?.d.executor),
    chain: hops,
    legs,
    decision,
    status: undone ? 'compensated' : terminal ? terminal.status : decision === 'deny' ? 'denied'
      : starts.length > 0 ? 'running' : unanswered ? 'pending_approval' : request ? 'requested' : 'unknown',
    agreement: contradicts || (decision === 'deny' && ran) ? 'disagree'
      : decision === 'permit' && terminal?.status === 'succeeded' ? 'agree' : 'undetermined',
    completeness: { required: counted.length, present: present.length },
    decisions: ids(g, 'decision.recorded'),
    approvals: ids(g, 'approval.requested', 'approval.resolved'),
    executions: ids(g, 'action.started', 'action.completed'),
    outcomes: ids(g, 'outcome.observed', 'outcome.compensated'),
    ambiguous: ambiguities(g, journal),
    time: (requests[0]?.fact ?? g.facts[0]!).time,
    session,
  }
}

/** One row per key, for the first of the facts that stand under it. */
function ambiguities(g: Group, journal: Journal): Told['ambiguous'] {
  const rows: Told['ambiguous'] = []
  for (const fact of g.facts.filter((f) => g.shared.has(f))) {
    const { kind, value } = journal.keys.get(fact)![0]!.document
    const key = `${kind} ${value}`
    const candidates = g.shared.get(fact)!.map((root) => publicId(root, journal)).sort()
    if (!rows.some((row) => row.key === key)) rows.push({ key, candidates })
  }
  return rows
}

const skewMs = 5_000

function chain(delegationId: string | undefined, all: Fact[]): { hops: Told['chain']; whole: any[] } {
  const whole: any[] = []
  const seen = new Set<string>()
  for (let at = delegationId; at !== undefined && !seen.has(at) && whole.length < 64;) {
    seen.add(at)
    const grants = all.filter((f) => f.type === 'delegation.granted' && (f.data as any).delegation_id === at).sort(story)
    if (grants.length === 0) break
    const grant = grants[0]!.data as any
    whole.unshift(grant)
    const parent: Parent = grant.parent
    at = parent.kind === 'delegation' ? parent.delegation_id : undefined
  }
  let scope: Scope | null = null
  let cascading: string | null = null
  const hops = whole.map((grant) => {
    scope = meet(scope, grant.scope ?? null)
    const withdrawn = all.filter((f) => f.type === 'delegation.revoked' && (f.data as any).delegation_id === grant.delegation_id)
    const own = earliest(withdrawn.map((f) => f.time))
    const revoked_at = earliest([own, cascading])
    cascading = earliest([cascading, ...withdrawn.filter((f) => (f.data as any).cascade !== false).map((f) => f.time)])
    return { delegation_id: grant.delegation_id as string, effective_scope: scope, revoked_at }
  })
  return { hops, whole }
}

/** The intersection, axis by axis; an axis left out is inherited. */
export function meet(parent: Scope | null, child: Scope | null): Scope | null {
  if (!parent) return child
  if (!child) return parent
  const axis = <T>(a: T | undefined, b: T | undefined, both: (a: T, b: T) => T) => (a === undefined ? b : b === undefined ? a : both(a, b))
  const unique = (list: string[]) => [...new Set(list)].sort()
  const sets = (a: string[], b: string[]) => unique(a.filter((x) => b.includes(x)))
  const patterns = (a: string[], b: string[]) => unique(a.flatMap((x) => b.map((y) => {
    if (x === y) return x
    if (x.endsWith('*') && y.startsWith(x.slice(0, -1))) return y
    if (y.endsWith('*') && x.startsWith(y.slice(0, -1))) return x
    return undefined
  })).filter((x) => x !== undefined))
  const defined = (o: object) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined))
  return defined({
    actions: axis(parent.actions, child.actions, patterns),
    resources: axis(parent.resources, child.resources, patterns),
    audience: axis(parent.audience, child.audience, sets),
    oauth_scopes: axis(parent.oauth_scopes, child.oauth_scopes, sets),
    constraints: axis(parent.constraints, child.constraints, (a, b) => defined({
      max_uses: axis(a.max_uses, b.max_uses, Math.min),
      environment: axis(a.environment, b.environment, sets),
      data_class: axis(a.data_class, b.data_class, sets),
    })),
  }) as Scope
}

function effectOf(d: any): string {
  return d.enforcement === 'failed_open' ? 'indeterminate' : d.effect
}

const severity = ['deny', 'indeterminate', 'permit', 'not_applicable']
function worstFirst(a: string, b: string): number {
  return severity.indexOf(a) - severity.indexOf(b)
}

function otherArguments(request: any, evaluated: any): boolean {
  if (!request?.arguments_digest || !evaluated?.arguments_digest) return false
  return request.arguments_projection === evaluated.arguments_projection && request.arguments_digest !== evaluated.arguments_digest
}

function said(principal: Principal | undefined, evidence = 'asserted'): Said {
  return { principal: principal ? `${principal.iss}|${principal.sub}` : null, evidence: principal ? evidence : 'not_covered' }
}

/** `default` owns execution: who ran it is missing, where nobody says so. */
function executorSaid(executor: Principal | undefined): Said {
  return executor ? said(executor, 'observed') : { principal: null, evidence: 'missing' }
}

function ids(g: Group, ...types: string[]): string[] {
  return [...g.facts].sort(story).filter((f) => types.includes(f.type)).map((f) => f.id)
}

/** Of copies that were told from several spans, the one whose span sorts first. */
function distinct(facts: readonly Fact[]): Fact[] {
  const span = (f: Fact) => `${f.traceId ?? ''}/${f.spanId ?? ''}`
  const lastFirst = [...facts].sort((a, b) => (span(a) > span(b) ? -1 : 1))
  return [...new Map(lastFirst.map((f) => [JSON.stringify([f.source, f.id, f.digest()]), f])).values()].sort(story)
}

export function story(a: Fact, b: Fact): number {
  const by = (x: string, y: string) => (x < y ? -1 : x > y ? 1 : 0)
  return a.timeMs - b.timeMs || by(a.source, b.source) || by(a.id, b.id) || by(a.digest(), b.digest())
}

function earliest(times: (string | null)[]): string | null {
  return times.filter((t) => t !== null).sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null
}

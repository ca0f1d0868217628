import { canonicalJson, type Parent, type Principal, type Scope } from '@onbehalf/events'
import type { Fact } from '../index.ts'
import { sha256 } from './world.ts'

/**
 * The meaning of a journal, computed the slow way from design/lineage.md: everything at once, claims as a plain set of
 * pairs, resolution by search. It shares only types with the library; where the page is silent (deny without execution,
 * a pending approval, located by the same span, the name of a policy point) it takes the library's reading. Cut of this issue: every entry comes from producer
 * `default`, which owns execution and nothing else.
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
export interface Said { principal: string | null; evidence: string }

interface Named { rank: number; text: string; document: Record<string, string> }
interface Group { root: string; since?: string; facts: Fact[]; shared: Map<Fact, string[]>; located: Set<Fact> }

export function tellAll(raw: readonly Fact[]): Told[] {
  const facts = distinct(raw)
  const actionable = facts.filter((fact) => /^(action|decision|approval|outcome)\./.test(fact.type))
  const keys = new Map(actionable.map((fact) => [fact, keysOfFact(fact)]))
  const named = new Map([...keys.values()].flat().map((key) => [key.text, key]))
  const claims = claimsOf(facts, keys, named)

  const groups = new Map<string, Group>()
  const group = (root: string) =>
    groups.get(root) ?? (groups.set(root, { root, facts: [], shared: new Map(), located: new Set() }), groups.get(root)!)
  const loose: Fact[] = []
  for (const fact of actionable) {
    const found = keys.get(fact)!.length > 0 ? rootsOf(fact, claims, named, facts, keys) : []
    if (found.length === 0) loose.push(fact)
    for (const root of found) {
      group(root).facts.push(fact)
      if (found.length > 1) group(root).shared.set(fact, found)
    }
  }
  for (const fact of loose) locate(fact, [...groups.values()])
  for (const g of groups.values()) g.facts.sort(story)
  const parts = [...groups.values()].flatMap((g) => split(g, named))
  const publicId = (g: { root: string; since?: string }) => {
    const { document } = named.get(g.root)!
    if (document.kind === 'action_id') return document.value!
    return `d-${sha256(canonicalJson(g.since ? { ...document, fact: g.since } : document)).slice(0, 32)}`
  }
  const idsOf = (root: string) => publicId({ root })
  return parts.map((part) => describe(part, publicId(part), facts, keys, idsOf))
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.id < b.id ? -1 : 1))
}

// ── keys, claims, resolution ──────────────────────────────────────────────────────────────────────────────────────────

/** A fact's keys, strongest first, as the table of lineage.md ranks them. */
function keysOfFact(fact: Fact): Named[] {
  const d = fact.data as any
  const keys: Named[] = []
  const add = (rank: number, document: Record<string, string>) => keys.push({ rank, document, text: canonicalJson(document) })
  if (d.action_id) add(1, { kind: 'action_id', value: d.action_id })
  if (d.tool_call_id && d.session_id) add(2, { kind: 'tool_call_id', value: d.tool_call_id, session: d.session_id })
  if (d.tool_call_id && fact.traceId) add(2.5, { kind: 'tool_call_id', value: d.tool_call_id, trace: fact.traceId })
  if (d.decision_id) add(4, { kind: 'decision_id', value: d.decision_id })
  if (d.approval_id) add(5, { kind: 'approval_id', value: d.approval_id })
  if (d.request_id && d.pep) add(6, { kind: 'request_id', value: d.request_id, pep: d.pep })
  if (d.request_id && !d.pep) add(6, { kind: 'request_id', value: d.request_id, producer: fact.producer })
  for (const id of d.upstream_request_ids ?? []) add(7, { kind: 'upstream_request_id', value: id })
  // Not in the table of lineage.md: two statements of one outcome are one outcome. No action by itself, so harmless.
  if (d.outcome_id) add(8, { kind: 'outcome_id', value: d.outcome_id })
  return keys.sort((a, b) => a.rank - b.rank)
}

interface Claim { by: string; fact: Fact }

/** weaker key → who claims it, and in which entry. */
function claimsOf(facts: Fact[], keys: Map<Fact, Named[]>, named: Map<string, Named>): Map<string, Claim[]> {
  const claims = new Map<string, Claim[]>()
  const claim = (weak: string, by: string, fact: Fact) => claims.set(weak, [...(claims.get(weak) ?? []), { by, fact }])
  for (const [fact, list] of keys)
    for (const key of list.slice(1)) if (key.rank > list[0]!.rank) claim(key.text, list[0]!.text, fact)
  // "Trace T is in session s" claims T's call ids for s.
  for (const fact of facts) {
    const { session_id, trace_id } = fact.data as any
    if (!session_id || !trace_id) continue
    for (const key of Array.from(named.values())) {
      const { kind, trace, value } = key.document
      if (kind !== 'tool_call_id' || trace !== trace_id.toLowerCase()) continue
      const document = { kind, value: value!, session: session_id as string }
      const strong = { rank: 2, document, text: canonicalJson(document) }
      if (!named.has(strong.text)) named.set(strong.text, strong)
      claim(key.text, strong.text, fact)
    }
  }
  return claims
}

/** The roots of a fact, by its strongest key, that can be actions. */
function rootsOf(
  of: Fact, claims: Map<string, Claim[]>, named: Map<string, Named>, facts: Fact[], keys: Map<Fact, Named[]>,
): string[] {
  const top = (at: string, when: Fact): string[] => {
    const all = claims.get(at) ?? []
    const here = isCall(at, named) ? all.filter((c) => partOf(c.fact, at, keys) === partOf(when, at, keys)) : all
    const by = new Set(here.map((c) => c.by))
    if (by.size > 8) return []
    return by.size === 0 ? (all.length === 0 ? [at] : []) : here.flatMap((c) => top(c.by, c.fact))
  }
  return [...new Set(top(keys.get(of)![0]!.text, of))].filter((root) => {
    const { rank } = named.get(root)!
    if (rank <= 3) return true
    if (rank > 5) return false
    return facts.some((fact) => {
      const d = fact.data as any
      return fact.type === 'decision.recorded' && d.effect === 'deny' && d.evaluated?.actor && d.evaluated?.operation &&
        keys.get(fact)![0]!.text === root
    })
  }).sort()
}

function isCall(text: string, named: Map<string, Named>): boolean {
  return Math.floor(named.get(text)!.rank) === 2
}

/** Which use of a call id a fact belongs to: a request or start after a terminal fact begins the next. */
function partOf(fact: Fact, call: string, keys: Map<Fact, Named[]>): number {
  let part = 0
  let ended = false
  const carrying = [...keys].filter(([, list]) => list.some((key) => key.text === call)).map(([f]) => f).sort(story)
  for (const other of carrying) {
    if (story(other, fact) > 0) break
    if (ended && (other.type === 'action.requested' || other.type === 'action.started')) {
      part++
      ended = false
    }
    if (other.type === 'action.completed') ended = true
  }
  return part
}

/** A decision, approval or execution that no key binds: to the action whose span it was told from. */
function locate(fact: Fact, groups: Group[]): void {
  if (!fact.traceId || !fact.spanId || fact.type.startsWith('outcome.')) return
  const on = groups.filter((g) => g.facts.some((f) =>
    !g.located.has(f) && !g.shared.has(f) && f.type.startsWith('action.') && f.traceId === fact.traceId && f.spanId === fact.spanId))
  for (const g of on) {
    g.facts.push(fact)
    g.located.add(fact)
    if (on.length > 1) g.shared.set(fact, on.map((o) => o.root))
  }
}

/** Facts of one call key in time: a request or start after a terminal fact begins a new action. */
function split(group: Group, named: Map<string, Named>): Group[] {
  const sorted = [...group.facts].sort(story)
  if (Math.floor(named.get(group.root)!.rank) !== 2) return [{ ...group, facts: sorted }]
  const parts: Group[] = []
  let ended = false
  for (const fact of sorted) {
    const begins = fact.type === 'action.requested' || fact.type === 'action.started'
    if (parts.length === 0) parts.push({ ...group, facts: [] })
    else if (ended && begins) {
      parts.push({ ...group, since: `${fact.source}\n${fact.id}`, facts: [] })
      ended = false
    }
    if (fact.type === 'action.completed') ended = true
    parts.at(-1)!.facts.push(fact)
  }
  return parts
}

// ── what one action means ─────────────────────────────────────────────────────────────────────────────────────────────

function describe(g: Group, id: string, all: Fact[], keys: Map<Fact, Named[]>, idOf: (root: string) => string): Told {
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

  // chain
  const delegationId: string | undefined = requests.find(({ d }) => d.delegation_id)?.d.delegation_id
  const { hops, whole } = chain(delegationId, all)
  const delegated = whole.at(-1)?.subject


  // decision: per policy point the last enforced runtime decision before the start; any deny wins
  const startMs = Math.min(...[...starts, ...ends].map(({ fact }) => fact.timeMs))
  const decisions = of(sure, 'decision.recorded')
  const points = new Map<string, any[]>()
  for (const { fact, d } of decisions) {
    if (d.phase !== 'runtime' || d.enforcement === 'not_enforced' || fact.timeMs > startMs + skewMs) continue
    if (otherArguments(request, d.evaluated)) continue
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

  const denial = shadyDeny ? (shady.find((f) => f.type === 'decision.recorded' && (f.data as any).effect === 'deny')!.data as any)
    : decision === 'deny' ? deciding.find((d) => effectOf(d) === 'deny') : undefined

  // approval
  const needed = !shadyDeny && deciding.some((d) => d.requires_approval)
  const approvals = of(sure, 'approval.resolved')
  const answered = approvals.map(({ d }) => d.approval_id)
  const unanswered = of(sure, 'approval.requested').some(({ d }) => !answered.includes(d.approval_id))
  const unsureOutcome = shady.some((f) => ['outcome.observed', 'outcome.compensated', 'action.completed'].includes(f.type))
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
    initiator: saysWho || inherited ? 'asserted' : 'not_covered',
    delegation: hops.length > 0 ? 'asserted' : 'not_covered',
    decision: shadyDeny ? 'ambiguous' : decisions.length > 0 ? 'asserted' : shady.some((f) => f.type === 'decision.recorded') ? 'ambiguous' : 'not_covered',
    approval: approvals.length > 0 ? 'asserted' : shadyApproval ? 'ambiguous' : needed ? 'not_covered' : 'not_required',
    execution: starts.length + ends.length > 0 ? 'observed' : decision === 'deny' ? 'not_required' : 'missing',
    outcome: terminal || outcomes.length > 0 || undone ? 'asserted' : unsureOutcome ? 'ambiguous'
      : decision === 'deny' && starts.length === 0 ? 'not_required' : 'not_covered',
  }
  const counted = Object.entries(legs).filter(([, e]) => e !== 'not_covered' && e !== 'not_required' && e !== 'ambiguous')
  const present = counted.filter(([, e]) => e === 'observed' || e === 'asserted')

  return {
    id,
    initiator: said(saysWho ?? inherited),
    subject: said(request?.subject ?? delegated),
    actor: request ? said(request.agent, 'observed') : said(denial?.evaluated?.actor, shadyDeny ? 'ambiguous' : 'asserted'),
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
    // One row per key, however many facts stand under it.
    ambiguous: [...new Map([...g.shared].filter(([fact]) => g.facts.includes(fact))
      .map(([fact, found]) => [keys.get(fact)![0]!.text, { key: keys.get(fact)![0]!.text, candidates: found.map(idOf).sort() }])).values()],
    time: (requests[0]?.fact ?? g.facts[0]!).time,
    session,
  }
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

function distinct(facts: readonly Fact[]): Fact[] {
  return [...new Map(facts.map((f) => [JSON.stringify([f.source, f.id, f.digest()]), f])).values()].sort(story)
}

function story(a: Fact, b: Fact): number {
  const by = (x: string, y: string) => (x < y ? -1 : x > y ? 1 : 0)
  return a.timeMs - b.timeMs || by(a.source, b.source) || by(a.id, b.id) || by(a.digest(), b.digest())
}

function earliest(times: (string | null)[]): string | null {
  return times.filter((t) => t !== null).sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null
}

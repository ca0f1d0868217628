import { principalOf, timeOf, type Principal } from '@onbehalf/events'
import {
  agentAt, believed, chainOf, contextKey, crossingsOf, isDelegation, principalFromText, principalText, tenantOf,
  type AgentRecord, type Chain, type EntryRef, type Fact, type Hop, type Key, type Lookup, type Teller,
} from '@onbehalf/lineage'
import { countFindingsOfAgents, gather, readAgentsDid, sha256Hex } from '@onbehalf/store'
import { partsOf } from './agent-names.ts'
import { bySeverity } from './findings.ts'
import type { Reading } from './reading.ts'

export interface AgentBounds {
  /** Delegations and grants of one agent that are looked at. */
  authority_max: number
  /** Actions of one agent that are counted. */
  actions_max: number
}

/** A delegation to an agent, or just-in-time access, that it could use. */
type LiveGrant = {
  id: string
  kind: 'delegation' | 'just_in_time'
  since: string
  expires_at: string | null
  standing: boolean
  entries: EntryRef[]
}

/** What is known of some agents, in their order. */
export async function readAgents(reading: Reading, agents: readonly string[], nowMs: number, bounds: AgentBounds) {
  const { source, snapshot: { client, tenant } } = reading
  const atMs = source.asOf === undefined ? nowMs : Date.parse(source.asOf)
  const did = await readAgentsDid(client, tenant, agents, source.asOf === undefined ? Date.UTC(9999, 0) : atMs, bounds.actions_max + 1)
  const findings = await countFindingsOfAgents(client, tenant, agents)
  const told = await gather(source, (known) => agents.map((text) => toldOf(text, known, atMs, bounds)))
  return agents.map((text, i) => {
    const { record, name, chains, grants, complete, entries } = told[i]!
    const { systems, lastMs, actions } = did[i]!
    const reached = systems.filter((system) => system !== '')
    return {
      key: text, ...partsOf(text), name,
      registered: record.registered !== null, status: record.status, owner: record.owner, sponsor: record.sponsor,
      purpose: record.purpose, model: record.model, version: record.version, review_due: record.review_due,
      authorisers: authorisersOf(chains),
      systems: { declared: record.systems, reached, undeclared: record.registered === null ? [] : reached.filter((system) => !record.systems.includes(system)) },
      boundaries: { declared: record.boundaries, crossed: crossed(chains) },
      grants: { live: grants, standing: grants.filter(({ standing }) => standing).length, complete },
      last_seen: lastMs === null ? null : new Date(lastMs).toISOString(),
      actions: { count: Math.min(actions, bounds.actions_max), at_least: actions > bounds.actions_max },
      open_findings: bySeverity(Object.entries(findings.get(text) ?? {}).map(([severity, count]) => ({ severity: severity as 'info', count }))),
      entries,
    }
  })
}

interface Told {
  record: AgentRecord
  name: string | null
  /** Of its live delegations. */
  chains: Chain[]
  grants: LiveGrant[]
  complete: boolean
  entries: EntryRef[]
}

function toldOf(text: string, known: Lookup, atMs: number, { authority_max }: AgentBounds): Told {
  const tenant = tenantOf(known)
  const settings = tenant.settings.at(atMs)
  const agent = principalFromText(text, 'agent')
  const teller = { tenant, settings, about: { agent, system: null } }
  const said = believed(known.facts.get(contextKey('agent', text, sha256Hex)), 'inventory', teller)
  const record = agentAt(said, atMs)
  const linked = (kind: 'principal' | 'holder') => known.links.get(contextKey(kind, text, sha256Hex)) ?? []
  const delegations = linked('principal').filter(isDelegation)
  const access = linked('holder')
  const chains = delegations.slice(0, authority_max)
    .map((key) => chainOf(key, known, teller))
    .filter((chain) => isTo(chain, text) && isLive(chain, atMs))
  const grants = [...chains.map(delegationGrant), ...access.slice(0, authority_max).flatMap((key) => accessOf(key, known, teller, atMs) ?? [])]
  return {
    record, chains, grants, entries: said.map((fact) => fact.entry),
    name: nameIn(record, said) ?? chains.map(({ hops }) => hops.at(-1)!.delegate.name).find((name) => name !== undefined) ?? null,
    complete: delegations.length <= authority_max && access.length <= authority_max,
  }
}

function isTo({ hops }: Chain, text: string): boolean {
  const last = hops.at(-1)
  return last !== undefined && principalText(last.delegate) === text
}

/** It has begun, and no hop above it, nor itself, has ended. */
function isLive({ hops }: Chain, atMs: number): boolean {
  const at = (time: string | null) => (time === null ? null : timeOf(time)!.timeMs)
  return hops.every((hop) => (at(hop.not_before) ?? -Infinity) <= atMs && (at(hop.expires_at) ?? Infinity) > atMs)
    && (at(hops.at(-1)!.revoked_at) ?? Infinity) > atMs
}

function delegationGrant({ hops, grants }: Chain): LiveGrant {
  const hop = hops.at(-1)!
  // A parent's end is its own.
  const ends = hops.flatMap(({ expires_at }) => expires_at ?? []).sort((a, b) => timeOf(a)!.timeMs - timeOf(b)!.timeMs)
  return { id: hop.delegation_id, kind: 'delegation', since: grants.at(-1)!.time, expires_at: ends[0] ?? null, standing: ends.length === 0, entries: hop.entries }
}

function accessOf(key: Key, known: Lookup, teller: Teller, atMs: number): LiveGrant | null {
  const told = believed(known.facts.get(key), 'grants', teller).filter((fact) => fact.timeMs <= atMs)
  const activated = told.find((fact) => fact.type === 'grant.activated')
  if (!activated || activated.type !== 'grant.activated' || told.some((fact) => fact.type === 'grant.withdrawn')) return null
  const { grant_id, expires_at, withdrawal_due } = activated.data
  if (expires_at !== undefined && timeOf(expires_at)!.timeMs <= atMs) return null
  const overdue = withdrawal_due !== undefined && timeOf(withdrawal_due)!.timeMs <= atMs
  return { id: grant_id, kind: 'just_in_time', since: activated.time, expires_at: expires_at ?? null, standing: overdue || expires_at === undefined, entries: [activated.entry] }
}

/** Who granted a live delegation to it, and who stands at the root of it. */
function authorisersOf(chains: readonly Chain[]): { principal: Principal; root: boolean; delegations: string[] }[] {
  const all = new Map<string, { principal: Principal; root: boolean; delegations: string[] }>()
  const add = ({ grantor }: Hop, root: boolean, id: string) => {
    const text = principalText(grantor)
    const known = all.get(text) ?? { principal: grantor, root, delegations: [] }
    all.set(text, { ...known, root: known.root || root, delegations: [...new Set([...known.delegations, id])] })
  }
  for (const { hops, top } of chains) {
    const last = hops.at(-1)!
    add(hops[0]!, top === 'root', last.delegation_id)
    add(last, top === 'root' && hops.length === 1, last.delegation_id)
  }
  return [...all.values()]
}

/** Every step to another trust domain, with an exchange and without one. */
function crossed(chains: readonly Chain[]) {
  const steps = chains.flatMap((chain) => [
    ...crossingsOf(chain).map(({ to, from, into }) => ({ from, into, exchanged: false, delegation_id: chain.hops[to]!.delegation_id })),
    ...chain.grants.flatMap((grant, i) => {
      const exchange = grant.type === 'delegation.granted' ? grant.data.exchange : undefined
      return exchange ? [{ from: exchange.from_trust_domain, into: exchange.to_trust_domain, exchanged: true, delegation_id: chain.hops[i]!.delegation_id }] : []
    }),
  ])
  return [...new Map(steps.map((step) => [JSON.stringify(step), step])).values()]
}

function nameIn({ registered }: AgentRecord, said: readonly Fact[]): string | null {
  const describing = registered ?? said.at(-1)
  if (!describing) return null
  const { agent } = describing.data as { agent?: Parameters<typeof principalOf>[0] }
  return agent?.name ?? null
}


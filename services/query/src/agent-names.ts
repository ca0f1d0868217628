import { contextKey, principalFromText, principalText, type Fact, type Key, type Lookup } from '@onbehalf/lineage'
import { OnbehalfError } from '@onbehalf/runtime'
import { gather, listAgents, readAgentsDid, readFactsOf, sha256Hex } from '@onbehalf/store'
import type { Reading } from './reading.ts'

/** A bare `sub` is looked for among so many agents. */
const agents_max = 10_000
const candidates_max = 20

/**
 * The agent that an id of a path or a filter names, as `iss|sub`.
 * @throws OnbehalfError `not_found`; `ambiguous` with the candidates, where several agents have that `sub`
 */
export async function agentNamed(reading: Reading, id: string): Promise<string> {
  const { client, tenant } = reading.snapshot
  if (id.includes('|')) {
    if (await isKnown(reading, id)) return id
    throw unknownAgent(id, reading.standing.as_of)
  }
  const found = await listAgents(client, tenant, '', agents_max, id.replaceAll('%', '%25'))
  // One that is told of only later is none of then.
  const candidates = reading.source.asOf === undefined ? found : await filtered(found, (each) => isKnown(reading, each))
  if (candidates.length === 1) return candidates[0]!
  if (candidates.length === 0) throw unknownAgent(id, reading.standing.as_of)
  throw new OnbehalfError('ambiguous', `${candidates.length} agents are called ${JSON.stringify(id.slice(0, 100))}.`, {
    details: { candidates: candidates.slice(0, candidates_max) },
  })
}

/** The text of an agent that the list has as a hash: too long to be part of a key. */
export async function textOf(reading: Reading, listed: string): Promise<string> {
  if (!listed.startsWith('#')) return listed
  const [first] = await readFactsOf(reading.source, `agent:${listed}`)
  const agent = first && agentOf(first)
  return agent === undefined ? listed : principalText(agent)
}

async function isKnown({ source, snapshot: { client, tenant } }: Reading, text: string): Promise<boolean> {
  if (await gather(source, (known) => isTold(text, known))) return true
  const [did] = await readAgentsDid(client, tenant, [text], source.asOf === undefined ? Date.UTC(9999, 0) : Date.parse(source.asOf), 1)
  return did!.actions > 0
}

/** By the inventory, by access that was activated for it, or as the agent of a delegation or a session. */
function isTold(text: string, known: Lookup): boolean {
  const told = (key: Key) => (known.facts.get(key) ?? []).length > 0
  const linked = (kind: 'holder' | 'principal') => (known.links.get(contextKey(kind, text, sha256Hex)) ?? []).slice(0, links_max)
  const isNamed = ({ type, data }: Fact) =>
    (type === 'delegation.granted' && principalText(data.delegate) === text) || (type === 'session.started' && principalText(data.agent) === text)
  return told(contextKey('agent', text, sha256Hex)) || linked('holder').some(told)
    || linked('principal').some((key) => (known.facts.get(key) ?? []).some(isNamed))
}

/** Things that name somebody are looked at in key order. */
const links_max = 64

function agentOf({ type, data }: Fact) {
  return type.startsWith('agent.') ? (data as { agent: Parameters<typeof principalText>[0] }).agent : undefined
}

function unknownAgent(id: string, asOf: string | null): OnbehalfError {
  const shown = JSON.stringify(id.length <= 100 ? id : `${id.slice(0, 99)}…`)
  const next = asOf === null ? 'An agent is `iss|sub`, percent-encoded in a path, or a bare `sub` that is unique. `GET /v1/agents` lists them.'
    : `Nothing of it had been received by ${asOf}, as far as is known: leave \`as_of\` out, or name a later time.`
  return new OnbehalfError('not_found', `There ${asOf === null ? 'is' : 'was'} no agent ${shown}${asOf === null ? '' : ' then'}.`, { next })
}

async function filtered<Item>(items: readonly Item[], keep: (item: Item) => Promise<boolean>): Promise<Item[]> {
  const kept: Item[] = []
  for (const item of items.slice(0, candidates_max)) if (await keep(item)) kept.push(item)
  return kept
}

/** The two parts of `iss|sub`; `iss` null where only the bare id was ever said. */
export function partsOf(text: string): { iss: string | null; sub: string } {
  const principal = principalFromText(text, 'agent')
  if (principal === null) return { iss: null, sub: text }
  return { iss: text.startsWith('|') ? null : principal.iss, sub: principal.sub }
}

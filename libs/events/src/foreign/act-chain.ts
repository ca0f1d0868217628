import type { PrincipalInput } from '../blocks.ts'
import { at, isFields, itemsAt, nameAt, type Fields } from './pick.ts'

/** A chain of delegations in its normal form, as a token tells it. */
export interface ActChain {
  /** Index 0 = the root grantor, last = who acts now. Null: an actor that has no usable name. Empty: the token names nobody. */
  actors: (PrincipalInput | null)[]
  /** How many hops the token says it came over; null: it does not say. */
  hopsSaid: number | null
  /** Hops that the token counts and does not show: somebody passed authority on unseen. */
  hopsUnseen: number
}

/**
 * Reads the claims of a token: RFC 8693 section 4.1 (`act`), and Transaction Tokens for Agents
 * (draft-araut-oauth-transaction-tokens-for-agents: `agentic_ctx`).
 *
 * The outermost `act` is who acts now; those within are prior actors, the most recent first, and say nothing of scope or time.
 * Who equals the token's own subject is no delegate of it. `client_id` is who asked for the token; `may_act` is who may act.
 * In a transaction token `act` is copied unmodified from the first one, so it is the first agent: the current one is
 * `agentic_ctx.current_actor`.
 */
export function actChainOf(claims: unknown): ActChain {
  if (!isFields(claims)) return { actors: [], hopsSaid: null, hopsUnseen: 0 }
  const root = namedBy(claims)
  const [outermost, ...prior] = actorsWithin(claims['act'])
  const isSelf = outermost !== undefined && isSame(outermost, root, claims)
  const nested = outermost === undefined || isSelf ? [] : [...prior.reverse(), outermost]
  const path = pathOf(claims)
  const actors: (PrincipalInput | null)[] = [...(root || nested.length > 0 ? [root] : []), ...(path.length > 0 ? path : nested)]
  const current = currentOf(claims)
  if (current && !isSame(current, actors.at(-1) ?? null, claims)) actors.push(current)
  const hopsSaid = hopsOf(claims)
  return { actors, hopsSaid, hopsUnseen: hopsSaid === null ? 0 : Math.max(0, hopsSaid - Math.max(0, actors.length - 1)) }
}

/** As many as the schema of `act` lets pass. */
const actorsMax = 64

/** The outermost first. */
function actorsWithin(claim: unknown): (PrincipalInput | null)[] {
  const actors: (PrincipalInput | null)[] = []
  for (let act = claim; isFields(act) && actors.length < actorsMax; act = act['act']) actors.push(namedBy(act))
  return actors
}

function namedBy(claims: Fields): PrincipalInput | null {
  const [iss, sub] = [nameAt(claims, 'iss'), nameAt(claims, 'sub')]
  if (sub === undefined || (claims['iss'] !== undefined && iss === undefined)) return null
  return { ...(iss !== undefined && { iss }), sub, kind: 'unknown' }
}

/** Who names no issuer is taken to be of the token's. */
function isSame(a: PrincipalInput | null, b: PrincipalInput | null, claims: Fields): boolean {
  const iss = nameAt(claims, 'iss')
  return a !== null && b !== null && a.sub === b.sub && (a.iss ?? iss) === (b.iss ?? iss)
}

/** A name, or an object that has one: `{ sub, iss }`, or the workload's identity. */
function currentOf(claims: Fields): PrincipalInput | null {
  const said = at(claims, 'agentic_ctx', 'current_actor')
  const bare = nameAt({ said }, 'said') ?? nameAt(said, 'identity', 'workload_id')
  if (bare !== undefined) return { sub: bare, kind: 'unknown' }
  return isFields(said) ? namedBy(said) : null
}

/** `txn_path` names every agent in turn, from the one in `act` to the current one, by their workload ids. */
function pathOf(claims: Fields): PrincipalInput[] {
  return itemsAt(claims, 'agentic_ctx', 'chain_metadata', 'txn_path').slice(0, actorsMax).flatMap((each) => {
    const sub = nameAt([each], '0')
    return sub === undefined ? [] : [{ sub, kind: 'unknown' as const }]
  })
}

function hopsOf(claims: Fields): number | null {
  const said = at(claims, 'agentic_ctx', 'hop_count') ?? at(claims, 'agentic_ctx', 'chain_metadata', 'hop_count')
  return Number.isSafeInteger(said) && (said as number) >= 0 ? (said as number) : null
}

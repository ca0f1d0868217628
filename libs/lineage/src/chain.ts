import { principalOf, type Scope } from '@onbehalf/events'
import type { Hop } from './document.ts'
import { byTime, type Fact, type Moment } from './fact.ts'
import type { Key } from './key.ts'
import { chain_depth_max, isDelegation, type Lookup } from './known.ts'
import { narrow } from './scope.ts'
import { believed, dataOf, owns, type Teller } from './story.ts'

export interface Chain {
  /** Index 0 = granted by the root; last = the acting agent's own. */
  hops: Hop[]
  /** The grant of each hop. */
  grants: Fact[]
  /** Everything that counts of what was said when they were granted: more than `grants` where one was granted twice. */
  allGrants: Fact[]
  /** What revoked each hop first: its own revocation, or one above that takes it along. */
  revocations: (Fact | null)[]
  /** Where the walk towards the root ended. */
  top: 'root' | 'external' | 'unknown' | 'unseen' | 'cycle' | 'too_deep' | 'none'
  /** The id that could not be followed, for `unseen`, `cycle` and `too_deep`. */
  at: string | null
}

/** The delegations from the root to `delegationKey`, each with what it may do after everything above it. */
export function chainOf(delegationKey: Key | undefined, known: Lookup, teller: Teller): Chain {
  if (!delegationKey) return { hops: [], grants: [], allGrants: [], revocations: [], top: 'none', at: null }
  const told: Told[] = []
  const seen = new Set<Key>()
  let top: Chain['top'] = 'too_deep'
  let at: Key | null = delegationKey
  for (;;) {
    // A circle as long as what is followed is still one.
    if (seen.has(at)) { top = 'cycle'; break }
    if (told.length === chain_depth_max) break
    seen.add(at)
    const found = toldOf(at, known, teller)
    if (!found) { top = 'unseen'; break }
    told.unshift(found)
    const parent = dataOf<'delegation.granted'>(found.grant).parent
    if (parent.kind !== 'delegation') { top = parent.kind; break }
    at = found.grant.keys.mentions.find(isDelegation)!
  }
  return { ...hopsOf(told, teller), top, at: top === 'root' || top === 'external' ? null : idOf(at) }
}

/** What counts of what was told of one delegation. */
interface Told {
  grant: Fact
  allGrants: Fact[]
  /** Its earliest revocation. */
  revoked: Fact | null
  /** The earliest that takes what is below along. */
  cascading: Fact | null
}

function toldOf(key: Key, known: Lookup, teller: Teller): Told | undefined {
  const facts = believed(known.facts.get(key), 'delegation', teller)
  const allGrants = facts.filter((fact) => fact.type === 'delegation.granted')
  const grant = allGrants[0]
  if (!grant) return undefined
  const revocations = facts.filter((fact) => fact.type === 'delegation.revoked')
  return {
    grant,
    allGrants,
    revoked: revocations[0] ?? null,
    cascading: revocations.find((fact) => dataOf<'delegation.revoked'>(fact).cascade !== false) ?? null,
  }
}

function hopsOf(told: Told[], teller: Teller): Pick<Chain, 'hops' | 'grants' | 'allGrants' | 'revocations'> {
  let effective: Scope | null = null
  let above: Fact | null = null
  const revocations: (Fact | null)[] = []
  const hops = told.map(({ grant: fact, revoked, cascading }): Hop => {
    const grant = dataOf<'delegation.granted'>(fact)
    effective = narrow(effective, grant.scope ?? null)
    const first = earliest(revoked, above)
    revocations.push(first)
    above = earliest(cascading, above)
    return {
      delegation_id: grant.delegation_id,
      parent: grant.parent,
      grantor: principalOf(grant.grantor, fact.producer),
      delegate: principalOf(grant.delegate, fact.producer),
      subject: principalOf(grant.subject, fact.producer),
      mode: grant.mode,
      scope: grant.scope ?? null,
      effective_scope: effective,
      not_before: grant.not_before ?? null,
      expires_at: grant.expires_at ?? null,
      revoked_at: first?.time ?? null,
      evidence: owns(fact, 'delegation', teller) ? 'observed' : 'asserted',
      entries: [fact.entry],
    }
  })
  return { hops, grants: told.map(({ grant }) => grant), allGrants: told.flatMap(({ allGrants }) => allGrants), revocations }
}

function earliest<M extends Moment>(a: M | null, b: M | null): M | null {
  if (!a || !b) return a ?? b
  return byTime(a, b) <= 0 ? a : b
}

function idOf(key: Key): string {
  return key.slice('delegation:'.length)
}

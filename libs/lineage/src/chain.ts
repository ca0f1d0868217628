import { principalOf, type Scope } from '@onbehalf/events'
import type { Hop } from './document.ts'
import { byTime, join, type Fact, type Moment } from './fact.ts'
import type { Key } from './key.ts'
import { chain_depth_max, isDelegation, type Lookup } from './known.ts'
import { narrow } from './scope.ts'
import { dataOf, type Story } from './story.ts'

export interface Chain {
  /** Index 0 = granted by the root; last = the acting agent's own. */
  hops: Hop[]
  /** Where the walk towards the root ended. */
  top: 'root' | 'external' | 'unknown' | 'unseen' | 'cycle' | 'too_deep' | 'none'
  /** The id that could not be followed, for `unseen`, `cycle` and `too_deep`. */
  at: string | null
}

/** The delegations from the root to `delegationKey`, each with what it may do after everything above it. */
export function chainOf(delegationKey: Key | undefined, known: Lookup, story: Story): Chain {
  if (!delegationKey) return { hops: [], top: 'none', at: null }
  const grants: Fact[] = []
  const seen = new Set<Key>()
  let top: Chain['top'] = 'too_deep'
  let at: Key | null = delegationKey
  while (grants.length < chain_depth_max) {
    if (seen.has(at)) { top = 'cycle'; break }
    seen.add(at)
    const grant = grantOf(at, known, story)
    if (!grant) { top = 'unseen'; break }
    grants.unshift(grant)
    const parent = dataOf<'delegation.granted'>(grant).parent
    if (parent.kind !== 'delegation') { top = parent.kind; break }
    at = grant.keys.mentions.find(isDelegation)!
  }
  return { hops: hopsOf(grants, known, story), top, at: top === 'root' || top === 'external' ? null : idOf(at) }
}

function grantOf(key: Key, known: Lookup, story: Story): Fact | undefined {
  const grants = join(known.facts.get(key) ?? []).filter((fact) => fact.type === 'delegation.granted')
  const owners = story.registry.owners('delegation', story.about)
  return grants.find((fact) => owners.includes(fact.producer)) ?? grants[0]
}

function hopsOf(grants: Fact[], known: Lookup, story: Story): Hop[] {
  const owners = story.registry.owners('delegation', story.about)
  let effective: Scope | null = null
  let revokedAbove: Moment | null = null
  return grants.map((fact): Hop => {
    const grant = dataOf<'delegation.granted'>(fact)
    effective = narrow(effective, grant.scope ?? null)
    const { own, below } = revocationsOf(fact.keys.filed, known)
    const revoked = earliest(own, revokedAbove)
    revokedAbove = earliest(below, revokedAbove)
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
      revoked_at: revoked?.time ?? null,
      evidence: owners.includes(fact.producer) ? 'observed' : 'asserted',
      entries: [fact.entry],
    }
  })
}

/** When this delegation was revoked, and since when the revocation takes its children with it. */
function revocationsOf(key: Key, known: Lookup): { own: Moment | null; below: Moment | null } {
  let own: Moment | null = null
  let below: Moment | null = null
  for (const fact of known.facts.get(key) ?? []) {
    if (fact.type !== 'delegation.revoked') continue
    own = earliest(own, fact)
    if (dataOf<'delegation.revoked'>(fact).cascade !== false) below = earliest(below, fact)
  }
  return { own, below }
}

function earliest(a: Moment | null, b: Moment | null): Moment | null {
  if (!a || !b) return a ?? b
  return byTime(a, b) <= 0 ? a : b
}

function idOf(key: Key): string {
  return key.slice('delegation:'.length)
}

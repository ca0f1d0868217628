import { isUnqualified, type Principal } from '@onbehalf/events'
import { byStory, compare as byText, join, type Fact } from './fact.ts'
import { contextKey, principalText, type Key, type Sha256Hex } from './key.ts'
import type { Lookup } from './known.ts'

/**
 * Whether two principals are one: their identities are equal, or linked. An unqualified one with an equal `sub` could be
 * anybody's: undetermined, and no rule fires on that.
 */
export type Sameness = 'same' | 'different' | 'undetermined'

/** Compares principals as far as links between identities are known. */
export interface Identities {
  compare(a: Principal, b: Principal): Sameness
  /** `identity:<iss>|<sub>` of everything that is known to be the same, itself among it. */
  of(principal: Principal): readonly Key[]
  /**
   * For separation of duties: different only where both are of one issuer, or one's identities are known to the other's
   * issuer; across unlinked issuers nobody can tell.
   */
  separate(a: Principal, b: Principal): Sameness
}

/** How many identities of one person are followed. */
const identities_max = 16

/** @param timeMs links that were said later do not count, whenever they were received */
export function identitiesOf(known: Lookup, counts: (fact: Fact) => boolean, timeMs: number, sha256: Sha256Hex): Identities {
  const linked = new Map<string, Set<string>>()
  const linkedTo = (principal: Principal): Set<string> => {
    const text = principalText(principal)
    let all = linked.get(text)
    if (!all) linked.set(text, (all = closureOf(contextKey('identity', text, sha256), known, counts, timeMs, sha256)))
    return all
  }
  const keyOf = (principal: Principal) => contextKey('identity', principalText(principal), sha256)

  function compare(a: Principal, b: Principal): Sameness {
    if (isUnqualified(a) || isUnqualified(b)) return a.sub !== b.sub ? 'different' : a.iss === b.iss ? 'same' : 'undetermined'
    if (a.iss === b.iss && a.sub === b.sub) return 'same'
    return linkedTo(a).has(keyOf(b)) ? 'same' : 'different'
  }

  return {
    compare,
    of: (principal) => [...linkedTo(principal)],
    separate(a, b) {
      const same = compare(a, b)
      if (same !== 'different') return same
      if (a.iss === b.iss) return 'different'
      const issuers = (principal: Principal) => new Set([principal.iss, ...[...linkedTo(principal)].map(issuerOf)])
      return issuers(a).has(b.iss) || issuers(b).has(a.iss) ? 'different' : 'undetermined'
    },
  }
}

function issuerOf(key: Key): string {
  const text = key.slice('identity:'.length)
  return text.slice(0, text.indexOf('|')).replaceAll('%7C', '|').replaceAll('%25', '%')
}

/** Every identity that is linked to one, over others. */
function closureOf(start: Key, known: Lookup, counts: (fact: Fact) => boolean, timeMs: number, sha256: Sha256Hex): Set<Key> {
  const found = new Set<Key>([start])
  for (const key of found) {
    if (found.size >= identities_max) break
    const places = [key, ...(known.links.get(key) ?? []).filter((filed) => filed.startsWith('identity:'))]
    const pairs = new Map<Key, boolean>()
    for (const fact of join(...places.map((place) => known.facts.get(place) ?? [])).sort(byStory)) {
      if (fact.type !== 'principal.linked' && fact.type !== 'principal.unlinked') continue
      if (fact.timeMs > timeMs || !counts(fact)) continue
      const all = fact.data.principals.map((each) => contextKey('identity', principalText(each), sha256))
      if (!all.includes(key)) continue
      for (const other of all) pairs.set(other, fact.type === 'principal.linked')
    }
    for (const [other, together] of [...pairs].sort(([a], [b]) => byText(a, b))) if (together && found.size < identities_max) found.add(other)
  }
  return found
}

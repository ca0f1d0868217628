import { isUnqualified, principalOf, type Principal, type PrincipalInput } from '@onbehalf/events'
import type { Base } from './base.ts'
import type { Journal } from './journal.ts'
import { owns } from './ownership.ts'

export type Sameness = 'same' | 'different' | 'unsure'

export function compare(a: Principal, b: Principal, act: Pick<Base, 'about' | 'config' | 'moment'>, journal: Journal): Sameness {
  if (isUnqualified(a) || isUnqualified(b)) return a.sub !== b.sub ? 'different' : a.iss === b.iss ? 'same' : 'unsure'
  return text(a) === text(b) || identitiesOf(a, act, journal).includes(text(b)) ? 'same' : 'different'
}

/** For separation of duties: across issuers that nothing links nobody can tell. */
export function separate(a: Principal, b: Principal, act: Base, journal: Journal): Sameness {
  const plain = compare(a, b, act, journal)
  if (plain !== 'different' || a.iss === b.iss) return plain
  const issuers = (p: Principal) => identitiesOf(p, act, journal).map((each) => each.slice(0, each.indexOf('|')))
  return issuers(a).includes(b.iss) || issuers(b).includes(a.iss) ? 'different' : 'unsure'
}

/** Who is linked to somebody, by the inventory's owners alone, as of a time: of two words on a pair the later counts. */
export function identitiesOf(who: Principal, act: Pick<Base, 'about' | 'config' | 'moment'>, journal: Journal): string[] {
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

export const text = (p: Principal) => `${isUnqualified(p) ? '' : p.iss.replaceAll('%', '%25').replaceAll('|', '%7C')}|${p.sub.replaceAll('%', '%25').replaceAll('|', '%7C')}`

export function fromText(each: string): Principal {
  const plain = (part: string) => part.replaceAll('%7C', '|').replaceAll('%25', '%')
  const cut = each.indexOf('|')
  return principalOf({ ...(cut > 0 ? { iss: plain(each.slice(0, cut)) } : {}), sub: plain(each.slice(cut + 1)), kind: 'agent' }, '')
}

import { isUnqualified } from '@onbehalf/events'
import type { Chain } from './chain.ts'
import { dataOf } from './story.ts'

/** One step of a chain to another trust domain. */
export interface Crossing {
  /** The hop that was granted across. */
  to: number
  from: string
  into: string
}

/**
 * Where authority passes from one trust domain to another, and no exchange is told of. A hop is in the domain of who issued
 * it (`issuer`), else of its delegate; where that cannot be told of both sides alike, there is no crossing.
 */
export function crossingsOf({ hops, grants }: Chain): Crossing[] {
  return hops.flatMap((hop, to): Crossing[] => {
    const grant = dataOf<'delegation.granted'>(grants[to]!)
    if (grant.exchange) return []
    const into = grant.issuer === undefined ? delegateDomain(hop) : domainOf(grant.issuer)
    if (to === 0) {
      if (hop.parent.kind !== 'external' || into === null) return []
      const { domain, iss } = hop.parent
      return into === domain.toLowerCase() || (iss !== undefined && into === domainOf(iss)) ? [] : [{ to, from: domain, into }]
    }
    const above = dataOf<'delegation.granted'>(grants[to - 1]!)
    const [from, here] = grant.issuer !== undefined && above.issuer !== undefined
      ? [domainOf(above.issuer), domainOf(grant.issuer)]
      : [delegateDomain(hops[to - 1]!), delegateDomain(hop)]
    return from === null || here === null || from === here ? [] : [{ to, from, into: here }]
  })
}

function delegateDomain({ delegate }: Chain['hops'][number]): string | null {
  return isUnqualified(delegate) ? null : domainOf(delegate.iss)
}

/** The trust domain of a SPIFFE issuer, the host of a URL, else the issuer as it is. */
function domainOf(iss: string): string {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i.exec(iss)
  return authority ? authority[1]!.toLowerCase() : iss
}

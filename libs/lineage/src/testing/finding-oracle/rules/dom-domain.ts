import { isUnqualified, type Principal } from '@onbehalf/events'
import type { Hop } from '../chain.ts'
import type { Fire, View } from './view.ts'

export function domainRules(view: View, fire: Fire): void {
  const { act: { chain }, d, contextDue, used, ofCredential } = view

  fire('DOM-01', chain.hops.some((_, i) => crosses(chain.hops, i)), { leg: 'delegation', deadlineMs: contextDue })
  fire('DOM-03', used.some((id) => {
    const environments = ofCredential('credential.issued', id).flatMap((fact) => (fact.data as any).environment ?? [])
    return d?.resource?.environment && environments.length > 0 && !environments.includes(d.resource.environment)
  }))
}

function crosses(hops: Hop[], i: number): boolean {
  const { d, delegate } = hops[i]!
  const domain = (iss: string) => /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i.exec(iss)?.[1]!.toLowerCase() ?? iss
  const ofDelegate = (who: Principal) => (isUnqualified(who) ? null : domain(who.iss))
  if (d.exchange) return false
  if (i === 0) {
    const into = d.issuer ? domain(d.issuer) : ofDelegate(delegate)
    return d.parent.kind === 'external' && into !== null && into !== d.parent.domain.toLowerCase() && !(d.parent.iss && domain(d.parent.iss) === into)
  }
  const above = hops[i - 1]!
  const [from, into] = d.issuer && above.d.issuer ? [domain(above.d.issuer), domain(d.issuer)] : [ofDelegate(above.delegate), ofDelegate(delegate)]
  return from !== null && into !== null && from !== into
}

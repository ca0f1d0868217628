import type { Scope } from '@onbehalf/events'
import { matches } from '../pattern.ts'
import type { Fire, View } from './view.ts'

export function scopeRules(view: View, fire: Fire): void {
  const { act: { chain }, d, last, requestCounts, namesChain } = view

  fire('SCP-01', chain.hops.some((hop, i) => i > 0 && !isWithin(hop.d.scope ?? {}, chain.hops[i - 1]!.effective ?? {})))
  fire('SCP-02', chain.hops.some((hop, i) => {
    const above = chain.hops.slice(0, i)
    return (hop.d.not_before && hop.fromMs < Math.max(-Infinity, ...above.map((each) => each.fromMs))) || (hop.d.expires_at && hop.untilMs > Math.min(Infinity, ...above.map((each) => each.untilMs)))
  }))
  if (requestCounts && namesChain && last?.effective) {
    const { actions, resources, constraints } = last.effective
    const place = d.resource && `${d.resource.type}/${d.resource.id}`
    fire('SCP-03', Boolean((actions && !actions.some((pattern) => matches(pattern, d.operation))) || (resources && place && !resources.some((pattern) => matches(pattern, place)))
      || (constraints?.environment && d.resource?.environment && !constraints.environment.includes(d.resource.environment))))
  }
  fire('SCP-06', chain.top === 'root' && chain.hops.some((hop) => hop.delegate.kind === 'agent' && isUnbounded(hop.effective)))
}

function isWithin(child: Scope, parent: Scope): boolean {
  const patterns = (a?: string[], b?: string[]) => !a || !b || a.every((x) => b.some((y) => x === y || (y.endsWith('*') && x.startsWith(y.slice(0, -1)))))
  const sets = (a?: string[], b?: string[]) => !a || !b || a.every((x) => b.includes(x))
  const [c, p] = [child.constraints ?? {}, parent.constraints ?? {}]
  return patterns(child.actions, parent.actions) && patterns(child.resources, parent.resources) && sets(child.audience, parent.audience) && sets(child.oauth_scopes, parent.oauth_scopes)
    && sets(c.environment, p.environment) && sets(c.data_class, p.data_class) && !(c.max_uses !== undefined && p.max_uses !== undefined && c.max_uses > p.max_uses)
}

function isUnbounded(scope: Scope | null): boolean {
  if (!scope) return true
  const open = (patterns?: string[]) => !patterns || patterns.includes('*')
  return open(scope.actions) && open(scope.resources) && !scope.audience && !scope.oauth_scopes && Object.keys(scope.constraints ?? {}).length === 0
}

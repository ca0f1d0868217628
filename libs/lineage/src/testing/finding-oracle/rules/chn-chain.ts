import type { Fire, View } from './view.ts'

export function chainRules(view: View, fire: Fire): void {
  const { act, d, last, acting, requestCounts, namesChain, contextDue, count, same } = view
  const { chain, config: { budgets: { depth_max } } } = act

  fire('CHN-01', chain.top === 'unknown' || chain.top === 'unseen', { leg: 'delegation', deadlineMs: contextDue })
  fire('CHN-02', chain.hops.some((hop, i) => i > 0 && same(hop.grantor, chain.hops[i - 1]!.delegate) === 'different'))
  fire('CHN-03', namesChain && last !== undefined && acting !== null && same(acting, last.delegate) === 'different')
  if (chain.top === 'root' && act.subject && (requestCounts || !d?.subject)) {
    // The root's subject, and whatever exchanges have made of one of these.
    const allowed = [chain.hops[0]!.subject]
    chain.hops.forEach((hop, i) => {
      if (i > 0 && hop.d.exchange && allowed.some((each) => same(each, chain.hops[i - 1]!.subject) !== 'different')) allowed.push(hop.subject)
    })
    fire('CHN-04', allowed.every((each) => same(act.subject!, each) === 'different'))
  }
  // Reading: as any request says that counts.
  fire('CHN-05', count(act.requests, 'execution').some((fact) => ((fact.data as any).hop_count ?? 0) > chain.hops.length) && chain.top !== 'external', { leg: 'delegation', deadlineMs: contextDue })
  fire('CHN-06', chain.top === 'too_deep' || chain.hops.length > depth_max || chain.hops.some((hop, i) => hop.d.max_depth !== undefined && chain.hops.length - 1 - i > hop.d.max_depth))
  fire('CHN-07', chain.top === 'cycle')
  fire('CHN-08', chain.hops.some((hop) => hop.d.mode === 'impersonation') || (requestCounts && d.agent.kind === 'user'))
}

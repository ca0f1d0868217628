import type { Fact } from '../fact.ts'
import { certain, choose, dataOf } from '../story.ts'
import type { View } from '../view.ts'
import { actionRule } from './rule.ts'

export const outOfOrder = actionRule({
  id: 'TIM-07',
  version: 1,
  severity: 'info',
  title: 'Events out of causal order',
  doc: 'What must have come first is dated later than what followed from it, by more than clocks may differ: '
    + 'some clock is wrong, and with it what is said of before and after.',
  resolvedBy: 'An event, arriving late, that puts the order right.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: [], nhi: [], nist: ['AU-8', 'AU-12(1)'] },
  check(view) {
    const { skew_ms } = view.story.settings.budgets
    for (const [cause, does, effect, did] of orderOf(view)) {
      if (!cause || !effect || cause.timeMs <= effect.timeMs + skew_ms) continue
      return {
        explanation: `${did} at ${effect.time}, and ${does} only at ${cause.time}; clocks may differ by ${skew_ms} ms.`,
        entries: [cause.entry, effect.entry],
      }
    }
    return null
  },
})

type Order = [cause: Fact | undefined, does: string, effect: Fact | undefined, did: string]

/** What comes before what, whoever says it. A decision or approval after the start is DEC-11. */
function orderOf({ story, request, session, chain }: View): Order[] {
  const start = choose(story.starts, 'execution', story)?.fact
  const end = choose(story.ends, 'execution', story)?.fact
  const approvals = certain(story.approvals).map((b) => b.fact)
  const ran = start ? 'It started' : 'It ended'
  return [
    [request?.fact, 'it was asked for', start ?? end, ran],
    [start, 'it started', end, 'It ended'],
    [session, 'its session started', request?.fact, 'It was asked for'],
    ...chain.grants.map((grant, i): Order => {
      const below = chain.grants[i + 1]
      const id = (fact: Fact) => dataOf<'delegation.granted'>(fact).delegation_id
      return below
        ? [grant, `delegation ${id(grant)} above it`, below, `Delegation ${id(below)} was granted`]
        : [grant, `its delegation ${id(grant)} was granted`, start ?? end, ran]
    }),
    ...certain(story.approvalRequests).map((b): Order => {
      const { approval_id } = dataOf<'approval.requested'>(b.fact)
      const answer = approvals.find((fact) => dataOf<'approval.resolved'>(fact).approval_id === approval_id)
      return [b.fact, 'the approval was asked for', answer, 'The approval was answered']
    }),
    [start ?? end, 'it ran', choose(story.outcomes, 'outcome', story)?.fact, 'What came of it was observed'],
  ]
}

import { runOf } from '../run.ts'
import { entriesOf } from '../story.ts'
import { windowOf } from '../window.ts'
import { actionRule } from './rule.ts'

export const outsideWindow = actionRule({
  id: 'TIM-01',
  version: 1,
  severity: 'high',
  title: 'Acted outside the window',
  doc: 'The action started before its authority began or after it had expired. A delegation is good only while everything above it is.',
  resolvedBy: 'Nothing that comes later, unless an earlier start of the action or another grant of the delegation arrives.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-2(11)', 'AC-3'] },
  check({ story, chain, startMs }) {
    const ran = runOf(story)
    if (ran.length === 0) return null
    const { skew_ms } = story.settings.budgets
    for (const hop of chain.hops) {
      const { fromMs, untilMs } = windowOf(hop)
      const limit = startMs < fromMs - skew_ms ? `begins only at ${hop.not_before}`
        : startMs > untilMs + skew_ms ? `had expired at ${hop.expires_at}` : null
      if (limit === null) continue
      return {
        explanation: `It started at ${ran[0]!.fact.time}, and delegation ${hop.delegation_id} ${limit}.`,
        entries: [...hop.entries, ...entriesOf(ran)],
      }
    }
    return null
  },
})

import { runOf } from '../run.ts'
import { dataOf, entriesOf } from '../story.ts'
import { actionRule } from './rule.ts'

export const ranThoughDenied = actionRule({
  id: 'DEC-01',
  version: 1,
  severity: 'critical',
  title: 'Executed although denied',
  doc: 'The decision that counts is a deny, and the action ran all the same: the policy point was passed by, or its answer ignored.',
  resolvedBy: 'A later permit before the start, for these arguments, by the same policy point.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3', 'AC-24'] },
  check({ story, decided }) {
    const ran = runOf(story)
    if (decided.effect !== 'deny' || ran.length === 0) return null
    const [by, last] = [decided.by[0]!, ran.at(-1)!.fact]
    const how = last.type === 'action.completed' ? `ended ${dataOf<'action.completed'>(last).status}` : 'started'
    return {
      explanation: `${by.candidates ? 'A denial that may be of this action was made' : 'Denied'} at ${by.fact.time}, and it ${how} at ${last.time}.`,
      entries: entriesOf([...decided.by, ...ran]),
    }
  },
})

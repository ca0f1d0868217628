import { decisionOf, policyPointOf } from '../decision.ts'
import { runOf } from '../run.ts'
import { entriesOf } from '../story.ts'
import { actionRule } from './rule.ts'

export const failedOpen = actionRule({
  id: 'DEC-08',
  version: 1,
  severity: 'high',
  title: 'The policy point failed open',
  doc: 'The policy point could not be asked, and the action was let through all the same: for that time there was no policy.',
  resolvedBy: 'A decision by the same policy point, made before the start, that arrives late.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3', 'SC-24'] },
  check({ story, decided }) {
    const ran = runOf(story)
    const open = decided.last.find((b) => decisionOf(b).enforcement === 'failed_open')
    if (ran.length === 0 || !open) return null
    return {
      explanation: `${policyPointOf(open)} could not decide at ${open.fact.time} and let it pass, and it ran at ${ran[0]!.fact.time}.`,
      entries: entriesOf([open, ...ran]),
    }
  },
})

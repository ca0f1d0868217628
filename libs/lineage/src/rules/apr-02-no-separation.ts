import { notSeparate } from '../separation.ts'
import { actionRule } from './rule.ts'

export const noSeparation = actionRule({
  id: 'APR-02',
  version: 1,
  severity: 'high',
  title: 'Approved by who should not approve it',
  doc: 'The decision requires that somebody else approves, and the approver is part of the action: '
    + 'who started it, whose authority it uses, who handed it on, or the agent. '
    + 'That a user confirms her own agent (`confirmation`) is never the approval of somebody else. '
    + 'Where nobody can tell whether two identities are one person\'s it is said for information.',
  resolvedBy: 'An approval by somebody else, given before the start, '
    + 'or links between identities (`principal.linked`) that show it was somebody else.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI09'], nhi: [], nist: ['AC-3(2)', 'AC-5'] },
  check(view) {
    const found = notSeparate(view)
    if (!found) return null
    const { requiredBy, approval, is, how } = found
    return {
      explanation: `The decision of ${requiredBy[0]!.time} requires that somebody else approves; ${how}.`,
      entries: [...requiredBy.map((fact) => fact.entry), approval.fact.entry],
      ...(is === 'undetermined' && { severity: 'info' as const }),
    }
  },
})

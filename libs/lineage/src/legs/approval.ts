import type { Leg } from '../document.ts'
import { notSeparate } from '../separation.ts'
import { certain, choose, dataOf } from '../story.ts'
import type { Given, View } from '../view.ts'
import { notRequired, told, untold } from './leg.ts'

/** Whether a person said yes, where a decision made that a condition. What is there is shown either way. */
export function approvalLeg(view: Given & Pick<View, 'roles'>): Leg {
  const { story, decided, absences } = view
  const resolved = choose(story.approvals, 'approval', story)
  if (resolved) {
    const { resolution } = dataOf<'approval.resolved'>(resolved.fact)
    const separation = notSeparate(view)
    return told([resolved], 'approval', story, resolution !== 'approved' ? `the approval was ${resolution}`
      : separation && `the decision requires that somebody else approves; ${separation.how}`)
  }
  if (story.approvals.some((b) => b.candidates))
    return told(story.approvals.filter((b) => b.candidates), 'approval', story, 'the approval may belong to another action')
  const asked = certain(story.approvalRequests).length > 0
  if (decided.requiresApproval)
    return untold('approval', story, absences, asked
      ? 'the decision requires an approval; it was asked for and has not been answered'
      : 'the decision requires an approval; none has been received')
  return notRequired(asked
    ? 'an approval was asked for and has not been answered; no decision requires it'
    : 'no decision requires an approval')
}

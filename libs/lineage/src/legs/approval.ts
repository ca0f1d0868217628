import type { Deciding } from '../decision.ts'
import type { Leg } from '../document.ts'
import { certain, choose, dataOf, type Story } from '../story.ts'
import { notRequired, told, untold } from './leg.ts'

/** Whether a person said yes, where a decision made that a condition. What is there is shown either way. */
export function approvalLeg(story: Story, decided: Deciding): Leg {
  const resolved = choose(story.approvals, 'approval', story)
  if (resolved) {
    const { resolution } = dataOf<'approval.resolved'>(resolved.fact)
    return told([resolved], 'approval', story, resolution === 'approved' ? null : `the approval was ${resolution}`)
  }
  if (story.approvals.length > 0)
    return told(story.approvals, 'approval', story, 'the approval may belong to another action')
  const asked = certain(story.approvalRequests).length > 0
  if (decided.requiresApproval)
    return untold('approval', story, asked
      ? 'the decision requires an approval; it was asked for and has not been answered'
      : 'the decision requires an approval; none has been received')
  return notRequired(asked
    ? 'an approval was asked for and has not been answered; no decision requires it'
    : 'no decision requires an approval')
}

import type { Leg } from '../document.ts'
import { isSignIn } from '../decision.ts'
import { certain, counting } from '../story.ts'
import type { Given } from '../view.ts'
import { told, untold } from './leg.ts'

/** By which runtime decision of which policy. */
export function decisionLeg({ story, decided, absences }: Given): Leg {
  if (decided.by.length > 0) return told(decided.by, 'decision', story)
  const there = counting(story.decisions, 'decision', story)
  switch (decided.why) {
    case 'not_at_run_time':
      return told(certain(there), 'decision', story, certain(there).some(isSignIn)
        ? 'only a sign-in decision: nothing was decided at run time'
        : 'decided only afterwards: nothing was decided at run time')
    case 'only_after_start':
      return told(certain(there), 'decision', story, 'decided only after the action had started')
    case 'not_enforced':
      return told(certain(there), 'decision', story, 'no decision was enforced for these arguments')
    case 'ambiguous':
      return told(there, 'decision', story, 'the decision may belong to another action')
    default:
      return untold('decision', story, absences, story.decisions.length > 0
        ? 'a decision has been received, but not from who is registered for decisions'
        : 'no policy decision has been received')
  }
}

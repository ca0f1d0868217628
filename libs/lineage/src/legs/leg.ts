import type { Leg, LegName, Link } from '../document.ts'
import type { Bound } from '../resolve.ts'
import { deadlineOf, type Absences } from '../absence.ts'
import { covered, entriesOf, evidenceOf, selfReported, type Story } from '../story.ts'

/** A leg that rests on facts of this action. */
export function told(by: Bound[], leg: LegName, story: Story, reason: string | null = null): Leg {
  const first = by[0]!
  return {
    evidence: evidenceOf(first, leg, story),
    provisional: false,
    link: first.link,
    self_reported: selfReported(by, leg, story),
    reason,
    entries: entriesOf(by),
  }
}

/**
 * A leg that nothing was said of that counts: missing where somebody owns it, and then provisional until it may be said;
 * not covered where nobody does.
 */
export function untold(leg: LegName, story: Story, absences: Absences, reason: string): Leg {
  if (!covered(leg, story)) return { ...empty, evidence: 'not_covered', reason }
  const absence = absences.of(leg, deadlineOf(leg, story))
  return {
    ...empty, evidence: 'missing', provisional: absence.state !== 'final',
    reason: absence.offline ? `${reason}; its source is offline (source_offline)` : reason,
  }
}

export function notRequired(reason: string): Leg {
  return { ...empty, evidence: 'not_required', reason }
}

const empty = { provisional: false, link: null as Link, self_reported: false, entries: [] }

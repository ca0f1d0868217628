import type { Leg, LegName, Link } from '../document.ts'
import type { Bound } from '../resolve.ts'
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

/** A leg that nothing was said of: missing where somebody owns it, not covered where nobody does. */
export function untold(leg: LegName, story: Story, reason: string): Leg {
  const owned = covered(leg, story)
  return { ...empty, evidence: owned ? 'missing' : 'not_covered', provisional: owned, reason }
}

export function notRequired(reason: string): Leg {
  return { ...empty, evidence: 'not_required', reason }
}

const empty = { provisional: false, link: null as Link, self_reported: false, entries: [] }

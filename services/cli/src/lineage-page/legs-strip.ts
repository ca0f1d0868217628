import { type Evidence, type Leg, type LegName, legNames, type Lineage } from '@onbehalf/lineage'
import { padded } from '../terminal/text.ts'
import { evidenceStyle, evidenceWord, type View } from './view.ts'

const columnWidth = 13

/** Filled: evidence. Half: somebody's word. Empty: a hole. */
const marks: Record<Evidence, string> = {
  observed: '●', asserted: '◐', inferred: '◔', ambiguous: '?', missing: '○', not_covered: '◌', not_required: '·', redacted: '▒',
}

/**
 * The six legs as one strip, 80 columns wide: initiator -> delegation -> decision -> approval -> execution -> outcome. A hole
 * breaks the line on both sides of it.
 */
export function legsStrip(legs: Lineage['legs'], view: View): string[] {
  const { style } = view
  const row = (text: (name: LegName, leg: Leg) => string, paint: (name: LegName, leg: Leg) => (text: string) => string) =>
    `  ${legNames.map((name) => paint(name, legs[name])(padded(text(name, legs[name]), columnWidth))).join('')}`.trimEnd()
  const byEvidence = (_: LegName, { evidence }: Leg) => evidenceStyle(evidence, style)
  const notes = row((_, leg) => note(leg), () => style.dim)
  return [
    row((name) => name, () => style.bold),
    `  ${legNames.map((name, i) => node(legs[name], legs[legNames[i + 1]!], view)).join('')}`,
    row((_, leg) => evidenceWord(leg), byEvidence),
    ...(notes.trim() === '' ? [] : [notes]),
  ].map((line) => line.trimEnd())
}

function node(leg: Leg, next: Leg | undefined, { style }: View): string {
  const mark = evidenceStyle(leg.evidence, style)(marks[leg.evidence])
  if (next === undefined) return mark
  const line = isHole(leg) || isHole(next) ? '╌' : '─'
  const arrow = `${line.repeat(columnWidth - 3)}▸ `
  return `${mark}${style.dim(arrow)}`
}

const isHole = ({ evidence }: Leg): boolean => evidence === 'missing' || evidence === 'not_covered'

/** How it came to this action, where that is not by an id that both sides said. */
function note({ link, self_reported }: Leg): string {
  if (link === 'inherited' || link === 'located' || link === 'derived') return `(${link})`
  return self_reported ? '(own word)' : ''
}

import { dataOf } from '../story.ts'
import type { SourceSubject } from '../subjects.ts'
import { ruleAbout } from './rule.ts'

export const droppedEvents = ruleAbout<SourceSubject>({
  id: 'INT-10',
  version: 1,
  severity: 'medium',
  title: 'A source has dropped events',
  doc: 'A source says itself that it threw events away, because a queue was full or a disk: what they would have told is not known.',
  resolvedBy: 'A retraction of what it said.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: [], nhi: [], nist: ['AU-5'] },
  check({ source, gaps }) {
    const told = gaps.map((fact) => ({ fact, data: dataOf<'source.gap'>(fact) })).filter(({ data }) => data.dropped > 0)
    const last = told.at(-1)
    if (!last) return null
    // What counts from the start of the source has in it what it said before.
    const sinceStart = told.reduce((most, { data }) => (data.since_start ? Math.max(most, data.dropped) : most), 0)
    const dropped = told.reduce((sum, { data }) => (data.since_start ? sum : sum + data.dropped), sinceStart)
    const more = dropped === last.data.dropped ? '' : `, ${dropped} in all`
    return {
      explanation: `${source} said at ${last.fact.time} that it had dropped ${last.data.dropped} events${last.data.reason === undefined ? '' : ` (${last.data.reason})`}${more}.`,
      entries: told.map(({ fact }) => fact.entry),
    }
  },
})

import { timeOf } from '@onbehalf/events'
import { dataOf } from '../story.ts'
import type { SourceSubject } from '../subjects.ts'
import { ruleAbout } from './rule.ts'

export const silentSource = ruleAbout<SourceSubject>({
  id: 'INT-04',
  version: 1,
  severity: 'medium',
  title: 'A source is silent',
  doc: 'A source said when its next heartbeat comes at the latest (next_before), and none has come: it may be down, cut off or switched off.',
  resolvedBy: 'The next heartbeat.',
  armedBy: { leg: 'heartbeat' },
  needsHorizon: true,
  mapping: { asi: [], nhi: [], nist: ['AU-5'] },
  check({ source, beat, settings }) {
    const next = beat && dataOf<'source.heartbeat'>(beat).next_before
    if (!next) return null
    return {
      explanation: `${source} sent a heartbeat at ${beat.time}, was to send the next by ${next}, and has not.`,
      entries: [beat.entry],
      // Its own clock stands still while it is silent, so nobody is waited for but the delay that it may take.
      absent: { leg: 'heartbeat', deadlineMs: timeOf(next)!.timeMs + settings.budgets.skew_ms + settings.delayMs(beat.producer), producers: [] },
    }
  },
})

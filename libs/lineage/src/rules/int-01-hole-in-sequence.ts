import type { SourceSubject } from '../subjects.ts'
import { ruleAbout } from './rule.ts'

export const holeInSequence = ruleAbout<SourceSubject>({
  id: 'INT-01',
  version: 1,
  severity: 'medium',
  title: 'A hole in a source\'s sequence',
  doc: 'A source numbers its events, and numbers between two that were received are missing: events were lost, or taken out.',
  resolvedBy: 'The missing events, however late they arrive.',
  armedBy: null,
  needsHorizon: true,
  mapping: { asi: [], nhi: [], nist: ['AU-5', 'AU-9'] },
  check({ source, holes, producers, tenant, settings }) {
    const waitMs = settings.budgets.context_due_ms
    const due = holes.filter(({ beforeMs }) => beforeMs + waitMs <= tenant.horizon.atMs)
    const told = due.length > 0 ? due : holes
    const [first] = told
    if (!first) return null
    const missing = told.reduce((sum, hole) => sum + hole.missing, 0)
    return {
      explanation: `${source} has numbered ${missing} ${missing === 1 ? 'event' : 'events'} that ${missing === 1 ? 'has' : 'have'} not been received, `
        + `${told.length > 1 ? 'the first ' : ''}between ${first.after} and ${first.before}${told.length > 1 ? `, in ${told.length} places` : ''}.`,
      entries: told.flatMap((hole) => hole.entries ?? []),
      absent: { leg: 'heartbeat', deadlineMs: Math.min(...told.map(({ beforeMs }) => beforeMs)) + waitMs, producers },
    }
  },
})

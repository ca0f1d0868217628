import { dataOf } from '../story.ts'
import type { LogSubject } from '../subjects.ts'
import { ruleAbout } from './rule.ts'

export const doesNotVerify = ruleAbout<LogSubject>({
  id: 'INT-02',
  version: 1,
  severity: 'critical',
  title: 'The log does not verify',
  doc: 'A proof, a signature or a root does not verify: the log was changed after it was written, or its storage is broken. No retraction takes it back.',
  resolvedBy: 'Nothing: acknowledge it when the cause is known.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: [], nhi: [], nist: ['AU-9', 'AU-9(3)', 'AU-10'] },
  check({ log, failures }) {
    const [first] = failures
    if (!first) return null
    const { check, index } = dataOf<'integrity.failed'>(first)
    const more = failures.length === 1 ? '' : `; ${failures.length} checks of it have failed`
    return {
      explanation: `Check ${check} of ${log} failed at ${first.time}${index === undefined ? '' : `, at entry ${index}`}${more}.`,
      entries: failures.map((fact) => fact.entry),
    }
  },
})

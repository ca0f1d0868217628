import type { Leg } from '@onbehalf/events'
import type { EntryRef, Severity } from '../document.ts'
import type { View } from '../view.ts'

/**
 * One thing that must not be, or must be there: a page at most. What it looks at (`Subject`) has been gathered already, so a
 * rule is a condition and a sentence.
 */
export interface Rule<Subject = View> {
  id: string
  /** Raised when the condition changes, so that a finding says what it was judged by. */
  version: number
  severity: Severity
  /** A few words: what is wrong. */
  title: string
  /** For people who have not seen it: what it means, and why it matters. */
  doc: string
  /** What makes a finding go away. */
  resolvedBy: string
  /** `leg`: off until a producer is registered for it. `opt-in`: off until switched on. */
  armedBy: { leg: Leg } | 'opt-in' | null
  /** Whether it fires on something that is not there: then it waits until that may be said. */
  needsHorizon: boolean
  /** OWASP Agentic Top 10 (2026), OWASP NHI Top 10 (2025), NIST SP 800-53 Rev. 5. */
  mapping: { asi: readonly string[]; nhi: readonly string[]; nist: readonly string[] }
  /** What one finding is about where it is not about its subject alone: an agent's, however many actions show it. */
  groupedBy?: (subject: Subject) => string
  check(subject: Subject): Violation | null
}

export interface Violation {
  /** A sentence with the values at hand. It depends on what the entries say, never on when they were received. */
  explanation: string
  /** What it rests on. */
  entries: EntryRef[]
  /** Where it is not the rule's own. */
  severity?: Severity
  /**
   * It rests on something not being there: by when, and who would have told. Null: there is no deadline. `producers`: where
   * it is not for the owners of the leg to tell; nobody is waited for where there are none.
   */
  absent?: { leg: Leg; deadlineMs: number | null; producers?: readonly string[] }
}

/** A rule about one action. */
export function actionRule(rule: Rule): Rule {
  return rule
}

/** A rule about something that is no action: see `subjects.ts`. */
export function ruleAbout<Subject>(rule: Rule<Subject>): Rule<Subject> {
  return rule
}

import { idOf } from './action-id.ts'
import { severities, type Finding } from './document.ts'
import { byReceipt, compare } from './fact.ts'
import type { Sha256Hex } from './key.ts'
import { actionRules, type Rule, type Violation } from './rules/index.ts'
import type { Settings, About } from './settings.ts'
import type { Absences } from './absence.ts'
import type { View } from './view.ts'

/** The findings that hold of one action, the gravest first. */
export function findingsOf(view: View, sha256: Sha256Hex): Finding[] {
  const known = found.get(view)
  if (known !== undefined) return known
  const { settings, about } = view.story
  const id = idOf(view.action, sha256)
  const findings = actionRules.flatMap((rule) => {
    const finding = judge(rule, view, id, { settings, about, absences: view.absences })
    return finding ? [finding] : []
  })
  findings.sort(byGravity)
  found.set(view, findings)
  return findings
}

/** A rule on one subject: whether it is armed for it, whether it fires, and whether that may be said yet. */
export function judge<Subject>(
  rule: Rule<Subject>,
  subject: Subject,
  groupingKey: string,
  { settings, about, absences }: { settings: Settings; about: About; absences: Absences },
): Finding | null {
  const { on, severity } = settings.switchOf(rule.id)
  if (on === false || (rule.armedBy === 'opt-in' && on !== true)) return null
  if (rule.armedBy !== null && rule.armedBy !== 'opt-in' && settings.registered(rule.armedBy.leg, about).length === 0) return null
  const violation = rule.check(subject)
  if (violation === null) return null
  const { absent } = violation
  const state = absent ? absences.of(absent.leg, absent.deadlineMs, absent.producers) : { state: 'final', offline: false }
  if (state.state === 'early') return null
  return findingOf(rule, violation, rule.groupedBy?.(subject) ?? groupingKey, severity, state.state === 'provisional', state.offline)
}

export function byGravity(a: Finding, b: Finding): number {
  return severities.indexOf(b.severity) - severities.indexOf(a.severity) || compare(a.id, b.id)
}

function findingOf(
  rule: Pick<Rule, 'id' | 'version' | 'severity' | 'title'>, violation: Violation, groupingKey: string, severity: Finding['severity'] | undefined,
  provisional: boolean, offline: boolean,
): Finding {
  return {
    id: `${rule.id}:${groupingKey}`,
    rule: rule.id,
    version: rule.version,
    severity: severity ?? violation.severity ?? rule.severity,
    title: rule.title,
    explanation: offline ? `${violation.explanation} A source that could tell has been offline for too long (source_offline).` : violation.explanation,
    provisional,
    raised_at: null,
    resolved_at: null,
    entries: [...violation.entries].sort(byReceipt),
  }
}

/** A view is looked at twice: when what it needs is gathered, and when it is written down. */
const found = new WeakMap<View, Finding[]>()

import { canonicalJson } from '@onbehalf/events'
import type { Lineage } from './document.ts'

/**
 * What does not depend on how the entries came: the canonical JSON of the document without `entries`, receipt and
 * finding times, resolved findings, acknowledgements, `position`, `as_of`, `settled`, INT-05 and INT-06.
 */
export function meaning(lineage: Lineage): string {
  const { entries: _, position: __, as_of: ___, settled: ____, ...rest } = lineage
  return canonicalJson({
    ...rest,
    roles: mapValues(lineage.roles, withoutEntries),
    legs: mapValues(lineage.legs, withoutEntries),
    chain: lineage.chain.map(withoutEntries),
    decisions: lineage.decisions.map(withoutEntries),
    approvals: lineage.approvals.map(withoutEntries),
    executions: lineage.executions.map(withoutEntries),
    outcomes: lineage.outcomes.map(withoutEntries),
    findings: lineage.findings.filter(lasting).map(({ entries: _, raised_at: __, resolved_at: ___, ...kept }) => kept),
  })
}

function withoutEntries<T extends { entries: unknown }>({ entries: _, ...rest }: T): Omit<T, 'entries'> {
  return rest
}

function mapValues<T extends object, R>(record: T, map: (value: T[keyof T]) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}

function lasting(finding: Lineage['findings'][number]): boolean {
  return finding.resolved_at === null && finding.rule !== 'INT-05' && finding.rule !== 'INT-06'
}

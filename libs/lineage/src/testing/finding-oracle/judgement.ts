import type { Leg, TenantConfig } from '@onbehalf/events'
import { absenceOf } from './absence.ts'
import type { Journal } from './journal.ts'
import { registered, type About } from './ownership.ts'

/** Whether a rule is on and may speak already. */
export function judge({ id, severity, absent }: Violation, { config, about }: { config: TenantConfig; about: About | null }, journal: Journal): Found[] {
  const rule = id.slice(0, id.indexOf(':'))
  const { on, severity: set } = config.rules[rule] ?? {}
  if (on === false || (optIn.has(rule) && on !== true)) return []
  const leg = armedBy[rule]
  if (leg && registered(leg, about, config).length === 0) return []
  const found = { id, severity: set ?? severity }
  if (!absent) return [{ ...found, provisional: false }]
  const state = absenceOf(absent.leg, absent.deadlineMs, config, about, journal, absent.owners)
  return state === 'early' ? [] : [{ ...found, provisional: state === 'provisional' }]
}

export interface Found {
  id: string
  severity: string
  provisional: boolean
}
export interface Violation { id: string; severity: Severity; absent?: { leg: Leg; deadlineMs: number | null; owners?: string[] } }
export type Severity = 'info' | 'medium' | 'high' | 'critical'

export const severityOf: Record<string, Severity> = Object.fromEntries([
  ['critical', 'TIM-02 TIM-03 DEC-01 APR-01 AGT-04 INT-02'],
  ['high', 'CHN-02 CHN-03 CHN-04 CHN-07 SCP-01 SCP-03 TIM-01 DEC-02 DEC-03 DEC-04 DEC-06 DEC-08 DEC-11 APR-02 APR-03 APR-04 OUT-03 DOM-01 INT-09'],
  ['medium', 'INI-01 INI-02 CHN-01 CHN-05 CHN-06 CHN-08 SCP-02 TIM-04 TIM-05 TIM-06 RAT-01 DEC-05 DEC-12 OUT-01 OUT-02 OUT-05 DOM-03 AGT-01 AGT-02 INT-01 INT-03 INT-04 INT-10'],
  ['info', 'SCP-06 TIM-07 DEC-09 AGT-03'],
].flatMap(([severity, rules]) => rules!.split(' ').map((rule) => [rule, severity as Severity])))

const armedBy: Record<string, Leg> = {
  'INI-01': 'initiator', 'INI-02': 'inventory', 'CHN-01': 'delegation', 'TIM-04': 'grants', 'TIM-05': 'grants', 'DEC-02': 'decision',
  'DEC-03': 'decision', 'DEC-12': 'decision', 'APR-01': 'approval', 'OUT-01': 'execution', 'OUT-02': 'outcome', 'DOM-01': 'delegation',
  'AGT-01': 'inventory', 'AGT-02': 'inventory', 'AGT-03': 'inventory', 'INT-04': 'heartbeat',
}

const optIn = new Set(['CHN-05', 'CHN-08', 'SCP-06', 'OUT-05', 'DOM-03'])

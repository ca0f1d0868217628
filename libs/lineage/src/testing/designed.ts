import type { Leg } from '@onbehalf/events'
import type { Severity } from '../document.ts'

/** What the design says of a rule. */
export interface Designed {
  severity: Severity
  needsHorizon: boolean
  armedBy: Leg | 'opt-in' | null
}

/** Every rule, as the table of findings in the design has it: beside the code, so that a change of either shows. */
export const designed: Readonly<Record<string, Designed>> = {
  'INI-01': { severity: 'medium', needsHorizon: true, armedBy: 'initiator' },
  'INI-02': { severity: 'medium', needsHorizon: true, armedBy: 'inventory' },
  'CHN-01': { severity: 'medium', needsHorizon: true, armedBy: 'delegation' },
  'CHN-02': { severity: 'high', needsHorizon: false, armedBy: null },
  'CHN-03': { severity: 'high', needsHorizon: false, armedBy: null },
  'CHN-04': { severity: 'high', needsHorizon: false, armedBy: null },
  'CHN-05': { severity: 'medium', needsHorizon: true, armedBy: 'opt-in' },
  'CHN-06': { severity: 'medium', needsHorizon: false, armedBy: null },
  'CHN-07': { severity: 'high', needsHorizon: false, armedBy: null },
  'CHN-08': { severity: 'medium', needsHorizon: false, armedBy: 'opt-in' },
  'CHN-10': { severity: 'high', needsHorizon: false, armedBy: null },
  'SCP-01': { severity: 'high', needsHorizon: false, armedBy: null },
  'SCP-02': { severity: 'medium', needsHorizon: false, armedBy: null },
  'SCP-03': { severity: 'high', needsHorizon: false, armedBy: null },
  'SCP-06': { severity: 'info', needsHorizon: false, armedBy: 'opt-in' },
  'TIM-01': { severity: 'high', needsHorizon: false, armedBy: null },
  'TIM-02': { severity: 'critical', needsHorizon: false, armedBy: null },
  'TIM-03': { severity: 'critical', needsHorizon: false, armedBy: null },
  'TIM-04': { severity: 'medium', needsHorizon: true, armedBy: 'grants' },
  'TIM-05': { severity: 'medium', needsHorizon: true, armedBy: 'grants' },
  'TIM-06': { severity: 'medium', needsHorizon: false, armedBy: null },
  'TIM-07': { severity: 'info', needsHorizon: false, armedBy: null },
  'RAT-01': { severity: 'medium', needsHorizon: false, armedBy: null },
  'DEC-01': { severity: 'critical', needsHorizon: false, armedBy: null },
  'DEC-02': { severity: 'high', needsHorizon: true, armedBy: 'decision' },
  'DEC-03': { severity: 'high', needsHorizon: true, armedBy: 'decision' },
  'DEC-04': { severity: 'high', needsHorizon: false, armedBy: null },
  'DEC-05': { severity: 'medium', needsHorizon: false, armedBy: null },
  'DEC-06': { severity: 'high', needsHorizon: false, armedBy: null },
  'DEC-08': { severity: 'high', needsHorizon: false, armedBy: null },
  'DEC-09': { severity: 'info', needsHorizon: false, armedBy: null },
  'DEC-10': { severity: 'medium', needsHorizon: true, armedBy: 'opt-in' },
  'DEC-11': { severity: 'high', needsHorizon: false, armedBy: null },
  'DEC-12': { severity: 'medium', needsHorizon: true, armedBy: 'decision' },
  'APR-01': { severity: 'critical', needsHorizon: true, armedBy: 'approval' },
  'APR-02': { severity: 'high', needsHorizon: false, armedBy: null },
  'APR-03': { severity: 'high', needsHorizon: false, armedBy: null },
  'APR-04': { severity: 'high', needsHorizon: false, armedBy: null },
  'OUT-01': { severity: 'medium', needsHorizon: true, armedBy: 'execution' },
  'OUT-02': { severity: 'medium', needsHorizon: true, armedBy: 'outcome' },
  'OUT-03': { severity: 'high', needsHorizon: false, armedBy: null },
  'OUT-05': { severity: 'medium', needsHorizon: true, armedBy: 'opt-in' },
  'DOM-01': { severity: 'high', needsHorizon: true, armedBy: 'delegation' },
  'DOM-03': { severity: 'medium', needsHorizon: false, armedBy: 'opt-in' },
  'AGT-01': { severity: 'medium', needsHorizon: true, armedBy: 'inventory' },
  'AGT-02': { severity: 'medium', needsHorizon: true, armedBy: 'inventory' },
  'AGT-03': { severity: 'info', needsHorizon: true, armedBy: 'inventory' },
  'AGT-04': { severity: 'critical', needsHorizon: false, armedBy: null },
  'INT-01': { severity: 'medium', needsHorizon: true, armedBy: null },
  'INT-02': { severity: 'critical', needsHorizon: false, armedBy: null },
  'INT-03': { severity: 'medium', needsHorizon: false, armedBy: null },
  'INT-04': { severity: 'medium', needsHorizon: true, armedBy: 'heartbeat' },
  'INT-05': { severity: 'info', needsHorizon: true, armedBy: null },
  'INT-06': { severity: 'medium', needsHorizon: false, armedBy: null },
  'INT-09': { severity: 'high', needsHorizon: false, armedBy: null },
  'INT-10': { severity: 'medium', needsHorizon: false, armedBy: null },
}

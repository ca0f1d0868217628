import type { Act } from '../action.ts'
import type { Journal } from '../journal.ts'
import { severityOf, type Violation } from '../judgement.ts'
import { agentRules } from './agt-agent.ts'
import { approvalRules } from './apr-approval.ts'
import { chainRules } from './chn-chain.ts'
import { decisionRules } from './dec-decision.ts'
import { domainRules } from './dom-domain.ts'
import { initiatorRules } from './ini-initiator.ts'
import { integrityRules } from './int-integrity.ts'
import { outcomeRules } from './out-outcome.ts'
import { scopeRules } from './scp-scope.ts'
import { timeRules } from './tim-time.ts'
import { viewOf, type Fire } from './view.ts'

/** What the rules on actions have against one. */
export function onAction(act: Act, acts: Act[], journal: Journal): Violation[] {
  const found: Violation[] = []
  const fire: Fire = (rule, when, absent, severity = severityOf[rule]!, of = act.id) => {
    if (when) found.push({ id: `${rule}:${of}`, severity, ...(absent ? { absent } : {}) })
  }
  const view = viewOf(act, acts, journal)
  for (const rules of families) rules(view, fire)
  return found
}

const families = [initiatorRules, chainRules, scopeRules, timeRules, decisionRules, approvalRules, outcomeRules, domainRules, agentRules, integrityRules]

import { afterRevocation } from './after-revocation.ts'
import { approval } from './approval.ts'
import { bare } from './bare.ts'
import { compensated } from './compensated.ts'
import { confusedDeputy } from './confused-deputy.ts'
import { crossDomain } from './cross-domain.ts'
import { denied } from './denied.ts'
import { deniedButExecuted } from './denied-but-executed.ts'
import { equivocation } from './equivocation.ts'
import { failOpen } from './fail-open.ts'
import { impersonation } from './impersonation.ts'
import { offlineSite } from './offline-site.ts'
import { orphanedAgent } from './orphaned-agent.ts'
import { otherArguments } from './other-arguments.ts'
import { refund } from './refund.ts'
import { runawayLoop } from './runaway-loop.ts'
import type { Scenario } from './scenario.ts'
import { selfApproval } from './self-approval.ts'
import { shadowAction } from './shadow-action.ts'
import { silentSource } from './silent-source.ts'
import { standingGrant } from './standing-grant.ts'
import { unregisteredAgent } from './unregistered-agent.ts'
import { widenedScope } from './widened-scope.ts'

export {
  differences, findingDifferences,
  type Played, type PlayedAction, type Scenario, type ScenarioConfig, type Setting, type ToldFinding, type Truth,
} from './scenario.ts'
export { cast, sources, tellStory, type Storyteller } from './storyteller.ts'

/**
 * Every incident there is: `onbehalf demo <name>` plays it. A new one is a file beside this one and a line in here, in
 * the order in which a newcomer meets them: what is in order first, then by what is wrong.
 */
export const scenarios: Record<string, Scenario> = Object.fromEntries([
  refund, denied, approval, compensated, bare,
  confusedDeputy, widenedScope, impersonation, crossDomain,
  afterRevocation, standingGrant, runawayLoop,
  deniedButExecuted, failOpen, otherArguments, selfApproval,
  shadowAction, unregisteredAgent, orphanedAgent,
  equivocation, silentSource, offlineSite,
].map((scenario) => [scenario.name, scenario]))

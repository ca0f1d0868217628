import { noInitiator } from './ini-01-no-initiator.ts'
import { nobodyAccountable } from './ini-02-nobody-accountable.ts'
import { parentUnknown } from './chn-01-parent-unknown.ts'
import { grantorDidNotHold } from './chn-02-grantor-did-not-hold.ts'
import { notTheDelegate } from './chn-03-not-the-delegate.ts'
import { subjectChanged } from './chn-04-subject-changed.ts'
import { hopsNotSeen } from './chn-05-hops-not-seen.ts'
import { tooDeep } from './chn-06-too-deep.ts'
import { cycle } from './chn-07-cycle.ts'
import { impersonation } from './chn-08-impersonation.ts'
import { actContradicts } from './chn-10-act-contradicts.ts'
import { scopeWidened } from './scp-01-scope-widened.ts'
import { windowExceeds } from './scp-02-window-exceeds.ts'
import { outsideScope } from './scp-03-outside-scope.ts'
import { unbounded } from './scp-06-unbounded.ts'
import { outsideWindow } from './tim-01-outside-window.ts'
import { afterRevocation } from './tim-02-after-revocation.ts'
import { afterSignal } from './tim-03-after-signal.ts'
import { grantNotWithdrawn } from './tim-04-grant-not-withdrawn.ts'
import { grantOutlivesSession } from './tim-05-grant-outlives-session.ts'
import { sharedOrOldCredential } from './tim-06-shared-or-old-credential.ts'
import { outOfOrder } from './tim-07-out-of-order.ts'
import { tooManyUses } from './rat-01-too-many-uses.ts'
import { ranThoughDenied } from './dec-01-ran-though-denied.ts'
import { noDecision } from './dec-02-no-decision.ts'
import { signInOnly } from './dec-03-sign-in-only.ts'
import { otherArguments } from './dec-04-other-arguments.ts'
import { oldPolicy } from './dec-05-old-policy.ts'
import { stretchedDecision } from './dec-06-stretched-decision.ts'
import { failedOpen } from './dec-08-failed-open.ts'
import { noPolicyVersion } from './dec-09-no-policy-version.ts'
import { deniedThenPermitted } from './dec-10-denied-then-permitted.ts'
import { decidedTooLate } from './dec-11-decided-too-late.ts'
import { onlyTheAgentSays } from './dec-12-only-the-agent-says.ts'
import { noApproval } from './apr-01-no-approval.ts'
import { noSeparation } from './apr-02-no-separation.ts'
import { approvalOverused } from './apr-03-approval-overused.ts'
import { notAmongThoseAsked } from './apr-04-not-among-those-asked.ts'
import { noEnd } from './out-01-no-end.ts'
import { noIndependentOutcome } from './out-02-no-independent-outcome.ts'
import { outcomeContradicts } from './out-03-outcome-contradicts.ts'
import { unaccountedEffect } from './out-05-unaccounted-effect.ts'
import { crossedWithoutExchange } from './dom-01-crossed-without-exchange.ts'
import { otherEnvironment } from './dom-03-other-environment.ts'
import { unregisteredAgent } from './agt-01-unregistered-agent.ts'
import { nobodyAnswers } from './agt-02-nobody-answers.ts'
import { dormantAgent } from './agt-03-dormant-agent.ts'
import { actedWhileStopped } from './agt-04-acted-while-stopped.ts'
import { holeInSequence } from './int-01-hole-in-sequence.ts'
import { doesNotVerify } from './int-02-does-not-verify.ts'
import { twoContents } from './int-03-two-contents.ts'
import { silentSource } from './int-04-silent-source.ts'
import { timeAndReceiptApart } from './int-05-time-and-receipt-apart.ts'
import { lateAfterExport } from './int-06-late-after-export.ts'
import { twoRequests } from './int-09-two-requests.ts'
import { droppedEvents } from './int-10-dropped-events.ts'
import type { AgentSubject, DelegationSubject, EffectSubject, GrantSubject, LogSubject, SourceSubject } from '../subjects.ts'
import type { Rule } from './rule.ts'

export type { Rule, Violation } from './rule.ts'

/** Rules about one action, in the order in which findings are shown. A new rule is a file beside this one and a line here. */
export const actionRules: readonly Rule[] = [
  noInitiator,
  nobodyAccountable,
  parentUnknown,
  grantorDidNotHold,
  notTheDelegate,
  subjectChanged,
  hopsNotSeen,
  tooDeep,
  cycle,
  impersonation,
  actContradicts,
  scopeWidened,
  windowExceeds,
  outsideScope,
  unbounded,
  outsideWindow,
  afterRevocation,
  afterSignal,
  sharedOrOldCredential,
  outOfOrder,
  ranThoughDenied,
  noDecision,
  signInOnly,
  otherArguments,
  oldPolicy,
  stretchedDecision,
  failedOpen,
  noPolicyVersion,
  deniedThenPermitted,
  decidedTooLate,
  onlyTheAgentSays,
  noApproval,
  noSeparation,
  approvalOverused,
  notAmongThoseAsked,
  noEnd,
  noIndependentOutcome,
  outcomeContradicts,
  crossedWithoutExchange,
  otherEnvironment,
  unregisteredAgent,
  nobodyAnswers,
  actedWhileStopped,
  twoContents,
  timeAndReceiptApart,
  lateAfterExport,
  twoRequests,
]

export const agentRules: readonly Rule<AgentSubject>[] = [dormantAgent]
export const delegationRules: readonly Rule<DelegationSubject>[] = [tooManyUses]
export const grantRules: readonly Rule<GrantSubject>[] = [grantNotWithdrawn, grantOutlivesSession]
export const sourceRules: readonly Rule<SourceSubject>[] = [holeInSequence, silentSource, droppedEvents]
export const logRules: readonly Rule<LogSubject>[] = [doesNotVerify]
export const effectRules: readonly Rule<EffectSubject>[] = [unaccountedEffect]

/** Rules about what is no action. */
export const subjectRules: ReadonlyMap<string, Rule<never>> = new Map(
  [agentRules, delegationRules, grantRules, sourceRules, logRules, effectRules].flat().map((rule) => [rule.id, rule as Rule<never>]))

/** Every rule there is, by id. */
export const allRules: ReadonlyMap<string, Rule<never>> = new Map(
  [...(actionRules as readonly Rule<never>[]), ...subjectRules.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map((rule) => [rule.id, rule]))

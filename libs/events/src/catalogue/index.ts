import type { z } from 'zod'
import { agentRegistered } from './agent.registered.ts'
import { agentUpdated } from './agent.updated.ts'
import { agentSuspended } from './agent.suspended.ts'
import { agentReactivated } from './agent.reactivated.ts'
import { agentRetired } from './agent.retired.ts'
import { principalDescribed } from './principal.described.ts'
import { principalLinked } from './principal.linked.ts'
import { principalUnlinked } from './principal.unlinked.ts'
import { sessionStarted } from './session.started.ts'
import { sessionEnded } from './session.ended.ts'
import { delegationGranted } from './delegation.granted.ts'
import { delegationRevoked } from './delegation.revoked.ts'
import { grantActivated } from './grant.activated.ts'
import { grantWithdrawn } from './grant.withdrawn.ts'
import { credentialIssued } from './credential.issued.ts'
import { credentialRevoked } from './credential.revoked.ts'
import { actionRequested } from './action.requested.ts'
import { decisionRecorded } from './decision.recorded.ts'
import { approvalRequested } from './approval.requested.ts'
import { approvalResolved } from './approval.resolved.ts'
import { actionStarted } from './action.started.ts'
import { actionCompleted } from './action.completed.ts'
import { outcomeObserved } from './outcome.observed.ts'
import { outcomeCompensated } from './outcome.compensated.ts'
import { policyPublished } from './policy.published.ts'
import { policyRetired } from './policy.retired.ts'
import { signalReceived } from './signal.received.ts'
import { sourceHeartbeat } from './source.heartbeat.ts'
import { sourceGap } from './source.gap.ts'
import { assertionRetracted } from './assertion.retracted.ts'
import { logOpened } from './log.opened.ts'
import { clockTicked } from './clock.ticked.ts'
import { configChanged } from './config.changed.ts'
import { findingRaised } from './finding.raised.ts'
import { findingResolved } from './finding.resolved.ts'
import { findingAcknowledged } from './finding.acknowledged.ts'
import { auditRead } from './audit.read.ts'
import { auditExported } from './audit.exported.ts'
import { contentErased } from './content.erased.ts'
import { holdPlaced } from './hold.placed.ts'
import { holdReleased } from './hold.released.ts'
import { retentionApplied } from './retention.applied.ts'
import { keyRotated } from './key.rotated.ts'
import { integrityFailed } from './integrity.failed.ts'
import { importStarted } from './import.started.ts'
import { importEnded } from './import.ended.ts'
import { spanEnded } from './span.ended.ts'
import { runDescribed } from './run.described.ts'

/** The registry: every type that `read` knows. A new type is a file beside this one and a line in here. */
export const eventTypes = {
  'agent.registered': agentRegistered,
  'agent.updated': agentUpdated,
  'agent.suspended': agentSuspended,
  'agent.reactivated': agentReactivated,
  'agent.retired': agentRetired,
  'principal.described': principalDescribed,
  'principal.linked': principalLinked,
  'principal.unlinked': principalUnlinked,
  'session.started': sessionStarted,
  'session.ended': sessionEnded,
  'delegation.granted': delegationGranted,
  'delegation.revoked': delegationRevoked,
  'grant.activated': grantActivated,
  'grant.withdrawn': grantWithdrawn,
  'credential.issued': credentialIssued,
  'credential.revoked': credentialRevoked,
  'action.requested': actionRequested,
  'decision.recorded': decisionRecorded,
  'approval.requested': approvalRequested,
  'approval.resolved': approvalResolved,
  'action.started': actionStarted,
  'action.completed': actionCompleted,
  'outcome.observed': outcomeObserved,
  'outcome.compensated': outcomeCompensated,
  'policy.published': policyPublished,
  'policy.retired': policyRetired,
  'signal.received': signalReceived,
  'source.heartbeat': sourceHeartbeat,
  'source.gap': sourceGap,
  'assertion.retracted': assertionRetracted,
  'log.opened': logOpened,
  'clock.ticked': clockTicked,
  'config.changed': configChanged,
  'finding.raised': findingRaised,
  'finding.resolved': findingResolved,
  'finding.acknowledged': findingAcknowledged,
  'audit.read': auditRead,
  'audit.exported': auditExported,
  'content.erased': contentErased,
  'hold.placed': holdPlaced,
  'hold.released': holdReleased,
  'retention.applied': retentionApplied,
  'key.rotated': keyRotated,
  'integrity.failed': integrityFailed,
  'import.started': importStarted,
  'import.ended': importEnded,
  'span.ended': spanEnded,
  'run.described': runDescribed,
}

export type EventType = keyof typeof eventTypes

/** The data of each type, as received: fields that the type does not know are there too, but not in sight. */
export type EventData = { [Type in EventType]: z.infer<(typeof eventTypes)[Type]['schema']> }

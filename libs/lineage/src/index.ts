export * from './document.ts'
export { byReceipt, byStory, identityOf, join, type Fact } from './fact.ts'
export {
  belowKey, claimants_max, claimsKey, contextKey, keyDocument, keysOf, linksOf, looseKeys, principalFromText, principalText, rankOf, ranks, seriesOf, sourcesKey, spansKey,
  ticksSeries, traceSessionsKey, traceToldKey,
  type Key, type Keys, type ThingKind,
} from './key.ts'
export { expand, expandAll, type Expansion } from './expand.ts'
export {
  isDelegation, knownOf, links_max, nothingKnown, nothingMissing, untilComplete, wanting,
  type Known, type Lookup, type Missing, type Noting,
} from './known.ts'
export { actionsOf, resolve, Resolver, type ActionFacts, type ActionName, type Bound, type Resolution } from './resolve.ts'
export { near_max } from './implied.ts'
export { describedIn } from './inherited.ts'
export { believed, type Teller } from './story.ts'
export { matchesPattern, Settings, SettingsHistory, type About } from './settings.ts'
export { tenantOf, type Tenant } from './tenant.ts'
export { viewOf, type View } from './view.ts'
export { derive } from './derive.ts'
export { derivedId, idOf } from './action-id.ts'
export { chainOf, type Chain } from './chain.ts'
export { beatsOf, clockOf, Horizon, offline_hold_ms, type Due } from './horizon.ts'
export { narrow } from './scope.ts'
export { meaning } from './meaning.ts'
export { nameOf } from './summary.ts'
export { byGravity, findingsOf } from './findings.ts'
export { actionRules, allRules, subjectRules, type Rule, type Violation } from './rules/index.ts'
export { titleOf } from './rules/mapping-titles.ts'
export { findingsAbout, isSubject, showsFindingsOf, type Figures, type FoundAbout } from './findings-about.ts'
export { agentAt, type AgentRecord } from './agent.ts'
export { isGone, revokingAt } from './signal.ts'
export { crossingsOf, type Crossing } from './trust-domain.ts'

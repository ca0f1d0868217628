export { fromHttpHeaders, frameBinary, parseBinary, type Header } from './binary.ts'
export type {
  Links, Origin, Parent, Policy, Position, Principal, PrincipalInput, PrincipalKind, Range, Resource, Scope, Token,
} from './blocks.ts'
export { canonicalJson } from './canonical-json.ts'
export { eventTypes, type EventData, type EventType } from './catalogue/index.ts'
export {
  configDocumentOf, defaultTenantConfig, legs, readConfigDocument, readTenantConfig, tenantConfigsOf, topicKinds,
  type ActionClass, type Budgets, type ConfigDocument, type ProducerRegistration, type RuleSwitch, type TenantConfig,
  type TopicKind, type TopicSetting,
} from './config-document.ts'
export { digest } from './digest.ts'
export { envelope, eventBytesMax, isJsonContentType, jsonDepthMax } from './envelope.ts'
export { wireType, type EventDefinition, type Leg, type Upcaster } from './event-type.ts'
export { exampleOf } from './example.ts'
export { actChainOf, type ActChain } from './foreign/act-chain.ts'
export { foreignRecordsMax, splitRecords, type ForeignKind, type SplitRecords } from './foreign/split-records.ts'
export { envelopeSchema, jsonSchemaOf } from './json-schema.ts'
export { sniffEncoding, splitOtlp, type OtlpEncoding, type OtlpSignal } from './otlp/split.ts'
export { isUnqualified, principalOf } from './principal.ts'
export { caseOf } from './quarantine-case.ts'
export { read, type Read } from './read.ts'
export {
  rejectionCodes,
  type CloudEvent, type EntryKind, type FieldError, type ReadContext, type Reading, type Rejection, type RejectionCode,
  type Statement, type StatementOf,
} from './statement.ts'
export { timeOf, type Instant } from './time.ts'

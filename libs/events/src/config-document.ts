import { z } from 'zod'
import type { Leg } from './event-type.ts'
import { explain, fieldError, type Path } from './explain.ts'
import { nearest } from './nearest.ts'
import type { FieldError } from './statement.ts'
import { anyObject, line, list, matching, name } from './text.ts'

/** A credential or a topic, and what it owns. */
export interface ProducerRegistration {
  id: string
  /** CloudEvents sources that it may speak for: exact, or a prefix with a trailing `*`. */
  sources: string[]
  legs: Leg[]
  /** `sub` or `iss|sub`, a trailing `*` matches a prefix. */
  agents: string[]
  systems: string[]
  /** How late its events may come before their absence is said. */
  delay_ms: number
  /** Events a second; null: not limited. */
  rate_per_s: number | null
}

/** Times in milliseconds. */
export interface Budgets {
  skew_ms: number
  context_due_ms: number
  decision_due_ms: number
  execution_due_ms: number | null
  outcome_due_ms: number
  revocation_propagation_ms: number
  depth_max: number
  /** Null: not limited. */
  credential_age_max_ms: number | null
  dormant_after_ms: number
}

export interface RuleSwitch {
  on?: boolean
  severity?: 'info' | 'medium' | 'high' | 'critical'
}

/** A named set of actions; a trailing `*` matches a prefix, resources are `type/id`. */
export interface ActionClass {
  operations: string[]
  resources: string[]
}

/** What one `config.changed` entry says: the whole configuration of its tenant, nothing left out. */
export interface TenantConfig {
  producers: ProducerRegistration[]
  budgets: Budgets
  rules: Record<string, RuleSwitch>
  classes: Record<string, ActionClass>
  mappings: Record<string, Record<string, unknown>[]>
  /** Those topics of the document that are this tenant's. */
  topics: Record<string, { kind: TopicKind; producer: string }>
}

export interface TopicSetting {
  kind: TopicKind
  tenant: string
  producer: string
}

/** The file, `GET /v1/config` and `PUT /v1/config`; the tenant `default` is always there. */
export interface ConfigDocument {
  tenants: Record<string, Omit<TenantConfig, 'topics'>>
  topics: Record<string, TopicSetting>
}

/** What the records of a topic can be. */
export const topicKinds = [
  'cloudevents', 'otlp_spans', 'otlp_logs', 'opa', 'authzen', 'cloudtrail', 'gcp-audit', 'k8s-audit', 'agt',
] as const
export type TopicKind = (typeof topicKinds)[number]

export const legs = [
  'initiator', 'delegation', 'decision', 'approval', 'execution', 'outcome', 'inventory', 'grants', 'heartbeat',
] as const satisfies readonly Leg[]

/**
 * Reads a configuration document as somebody wrote it: what is left out has its default, what is not known is an error.
 * @param known the rules that there are, by id
 */
export function readConfigDocument(
  value: unknown,
  known: { rules: readonly string[] },
): { ok: true; document: ConfigDocument } | { ok: false; errors: FieldError[] } {
  const errors = [...unknownKeys(documentSchema, value, []), ...explain(documentSchema, value, [], docs)]
  const read = documentSchema.safeParse(value)
  if (read.success) errors.push(...contradictions(read.data, known.rules))
  if (errors.length > 0 || !read.success) return { ok: false, errors: errors.slice(0, errorsMax).map(withSection) }
  const { tenants, topics } = read.data
  return { ok: true, document: { tenants: { default: emptyTenant(), ...tenants }, topics } }
}

/**
 * What a `config.changed` entry says, for the fold: never throws, fills in defaults and leaves out what it cannot read.
 * A producer that is only partly legible is left out whole: half of a registration could own more than was meant.
 */
export function readTenantConfig(value: unknown): TenantConfig {
  const given = isObject(value) ? value : {}
  const { producers, budgets, rules, classes, mappings } = tenantSchema.shape
  const read = <Schema extends z.ZodType>(schema: Schema, field: string) =>
    legible(schema, Object.hasOwn(given, field) ? given[field] : undefined, () => schema.parse(undefined)) as z.infer<Schema>
  return {
    producers: firstOfEach(read(producers, 'producers')),
    budgets: read(budgets, 'budgets'),
    rules: read(rules, 'rules'),
    classes: read(classes, 'classes'),
    mappings: read(mappings, 'mappings'),
    topics: read(tenantTopics, 'topics'),
  }
}

/** The entries of a document: of each tenant the whole configuration, its topics among it. */
export function tenantConfigsOf({ tenants, topics }: ConfigDocument): Map<string, TenantConfig> {
  const configs = new Map(Object.entries(tenants).map(([id, tenant]) => [id, { ...tenant, topics: {} } as TenantConfig]))
  for (const [topic, { tenant, kind, producer }] of Object.entries(topics)) {
    const config = configs.get(tenant)
    if (config !== undefined) config.topics[topic] = { kind, producer }
  }
  return configs
}

/** The document of these entries: the way back. */
export function configDocumentOf(configs: Iterable<readonly [tenant: string, TenantConfig]>): ConfigDocument {
  const document: ConfigDocument = { tenants: { default: emptyTenant() }, topics: {} }
  for (const [tenant, { topics, ...config }] of configs) {
    document.tenants[tenant] = config
    for (const [topic, { kind, producer }] of Object.entries(topics)) document.topics[topic] = { kind, tenant, producer }
  }
  return document
}

const illegible = Symbol('illegible')
const errorsMax = 20
const docs = '/docs/configuration'
const idRule = 'must be 1 to 63 characters of a-z 0-9 . _ - and begin with a letter, a digit or _'
const tenantId = matching(idRule, /^[a-z0-9_][a-z0-9._-]{0,62}$/)
const producerId = tenantId
const ruleId = matching('must be the id of a rule, such as CHN-05', /^[A-Z]{3}-[0-9]{2}$/)
const topicName = matching('must be a topic name: 1 to 249 letters, digits, dots, hyphens or underscores', /^[A-Za-z0-9._-]{1,249}$/)
const anyOf = ['*']
const pattern = line(1_024).refine((text) => !text.slice(0, -1).includes('*'), 'may have a * at its end only')

/** A hundred years: sums of several stay exact, and no time leaves the calendar. */
const durationMaxMs = 100 * 365.25 * 86_400_000
const durationRule = `must be a whole number of milliseconds, 0 to ${durationMaxMs}`
const isDuration = (value: number) => Number.isInteger(value) && value >= 0 && value <= durationMaxMs
const duration = z.number(durationRule).refine(isDuration, durationRule)
const limit = z.number(`${durationRule}, or null`).refine(isDuration, `${durationRule}, or null`).nullable()
const rateRule = 'must be a number greater than 0, or null'
const depthRule = 'must be a whole number from 1 to 64'
const day = 86_400_000

const producer = z.object({
  id: producerId,
  sources: list(pattern).default(anyOf),
  legs: list(z.enum(legs), legs.length).default([]),
  agents: list(pattern, 10_000).default(anyOf),
  systems: list(pattern).default(anyOf),
  delay_ms: duration.default(10_000),
  rate_per_s: z.number(rateRule).refine((value) => value > 0, rateRule).nullable().default(null),
})

const budgets = z.object({
  skew_ms: duration.default(5_000),
  context_due_ms: duration.default(60_000),
  decision_due_ms: duration.default(60_000),
  execution_due_ms: limit.default(null),
  outcome_due_ms: duration.default(day),
  revocation_propagation_ms: duration.default(60_000),
  depth_max: z.number(depthRule).refine((value) => Number.isInteger(value) && value >= 1 && value <= 64, depthRule).default(8),
  credential_age_max_ms: limit.default(null),
  dormant_after_ms: duration.default(90 * day),
})

const tenantSchema = z.object({
  producers: list(producer).default([]),
  budgets: budgets.prefault({}),
  rules: z.record(ruleId, z.object({
    on: z.boolean().optional(),
    severity: z.enum(['info', 'medium', 'high', 'critical']).optional(),
  })).default({}),
  classes: z.record(name(), z.object({ operations: list(pattern).default([]), resources: list(pattern).default([]) })).default({}),
  mappings: z.record(name(), list(anyObject())).default({}),
})

const tenantTopics = z.record(topicName, z.object({ kind: z.enum(topicKinds), producer: producerId })).default({})

const documentSchema = z.object({
  tenants: z.record(tenantId, tenantSchema).default({}),
  topics: z.record(topicName, z.object({
    kind: z.enum(topicKinds),
    tenant: tenantId.default('default'),
    producer: producerId.default('default'),
  })).default({}),
})

/** With nothing said: the producer `default` owns execution, and no rule is switched. */
export const defaultTenantConfig: TenantConfig = readTenantConfig({})

const emptyTenant = (): Omit<TenantConfig, 'topics'> => tenantSchema.parse({})

/** These carry trust or are ours: what they hold is not a matter of configuration. */
const reservedTopics = new Set(['onbehalf.gateway', 'onbehalf.embedded'])
/** The producer of what Onbehalf itself says, and where entries of unknown tenants go. */
const reservedProducer = 'onbehalf'
const reservedTenant = '_unassigned'

/** What each part allows and the whole does not. */
function contradictions({ tenants, topics }: z.infer<typeof documentSchema>, rules: readonly string[]): FieldError[] {
  const errors: FieldError[] = []
  const complain = (path: Path, rule: string, value: unknown) => errors.push(fieldError(path, rule, value, docs))
  const producersOf = (tenant: string) => ['default', ...(tenants[tenant]?.producers ?? []).map(({ id }) => id)]

  for (const [tenant, config] of Object.entries(tenants)) {
    if (tenant === reservedTenant) complain(['tenants', tenant], 'is where entries of unknown tenants go, and has no configuration', tenant)
    const seen = new Map<string, number>()
    for (const [at, { id }] of config.producers.entries()) {
      const path = ['tenants', tenant, 'producers', at, 'id']
      const before = seen.get(id)
      if (before !== undefined) complain(path, `is the id of producer ${before} too; each has an id of its own`, id)
      if (id === reservedProducer) complain(path, 'is the producer of what Onbehalf itself says', id)
      seen.set(id, before ?? at)
    }
    for (const rule of Object.keys(config.rules)) {
      if (!rules.includes(rule)) complain(['tenants', tenant, 'rules', rule], `is not a rule; did you mean ${nearest(rule, rules)}?`, rule)
    }
  }
  for (const [topic, { tenant, producer }] of Object.entries(topics)) {
    if (reservedTopics.has(topic)) complain(['topics', topic], 'is a topic of Onbehalf, and is not configured', topic)
    if (tenant !== 'default' && !Object.hasOwn(tenants, tenant)) {
      complain(['topics', topic, 'tenant'], `is not a tenant of this document; did you mean ${nearest(tenant, ['default', ...Object.keys(tenants)])}?`, tenant)
    } else if (!producersOf(tenant).includes(producer)) {
      complain(['topics', topic, 'producer'], `is not a producer of tenant ${tenant}; did you mean ${nearest(producer, producersOf(tenant))}?`, producer)
    }
  }
  return errors
}

/** An error for every name that a schema does not know; zod would name the object that it stands in. */
function unknownKeys(schema: z.core.$ZodType, value: unknown, at: Path): FieldError[] {
  const { def } = (schema as z.core.$ZodTypes)._zod
  if (def.type === 'default' || def.type === 'prefault') return unknownKeys(def.innerType, value, at)
  if (def.type === 'array' && Array.isArray(value)) {
    // No more than the list may have: zod looks at none of a longer one.
    return value.slice(0, 10_000).flatMap((item, index) => unknownKeys(def.element, item, [...at, index]))
  }
  if (!isObject(value)) return []
  if (def.type === 'record') {
    return Object.keys(value).flatMap((key) => key === '__proto__'
      ? [fieldError([...at, key], 'is not a name that is allowed here', undefined, docs)]
      : unknownKeys(def.valueType, value[key], [...at, key]))
  }
  if (def.type !== 'object') return []
  const known = Object.keys(def.shape)
  return Object.keys(value).flatMap((key) => known.includes(key)
    ? unknownKeys(def.shape[key]!, value[key], [...at, key])
    : [fieldError([...at, key], `is not known here; did you mean ${nearest(key, known)}?`, value[key], docs)])
}

/** The part of the page that says it: the section of a tenant, else `tenants` or `topics`. */
function withSection(error: FieldError): FieldError {
  const [, top, , section] = error.path.split('/')
  const anchor = (top === 'tenants' ? section : undefined) ?? top
  return { ...error, docs: anchor === undefined || anchor === '' || !/^[a-z_]{1,40}$/.test(anchor) ? docs : `${docs}#${anchor}` }
}

/** What can be read of a value: items and members that cannot be are left out, a budget that cannot has its default. */
function legible(schema: z.core.$ZodType, value: unknown, otherwise: () => unknown = () => illegible): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'default':
    case 'prefault':
      return value === undefined ? (schema as z.ZodType).parse(undefined) : legible(def.innerType, value, otherwise)
    case 'array':
      if (!Array.isArray(value)) return otherwise()
      return value.map((item) => legible(def.element, item)).filter((item) => item !== illegible)
    case 'record': {
      if (!isObject(value)) return otherwise()
      const named = Object.entries(value).filter(([key]) => key !== '__proto__' && (def.keyType as z.ZodType).safeParse(key).success)
      return Object.fromEntries(named.map(([key, item]) => [key, legible(def.valueType, item)] as const).filter(([, item]) => item !== illegible))
    }
    case 'object': {
      if (!isObject(value)) return otherwise()
      const lenient = schema === budgets
      const members = Object.entries(def.shape).map(([key, field]) => {
        const given = Object.hasOwn(value, key) ? value[key] : undefined
        return [key, legible(field, given, lenient ? () => (field as z.ZodType).parse(undefined) : undefined)] as const
      })
      if (members.some(([, member]) => member === illegible)) return otherwise()
      return Object.fromEntries(members.filter(([, member]) => member !== undefined))
    }
    default: {
      const read = (schema as z.ZodType).safeParse(value)
      return read.success ? read.data : otherwise()
    }
  }
}

function firstOfEach(producers: ProducerRegistration[]): ProducerRegistration[] {
  const seen = new Set<string>()
  return producers.filter(({ id }) => !seen.has(id) && seen.add(id))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

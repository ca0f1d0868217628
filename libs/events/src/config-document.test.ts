import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  configDocumentOf, defaultTenantConfig, readConfigDocument, readTenantConfig, tenantConfigsOf, type ConfigDocument,
} from './config-document.ts'

const rules = ['CHN-05', 'CHN-06', 'DEC-02']

/** As the design shows it. */
const example = () => ({
  tenants: {
    default: {
      producers: [{ id: 'pdp-eu', sources: ['urn:pdp:*'], legs: ['decision'], agents: ['*'], systems: ['*'], delay_ms: 900_000, rate_per_s: 1_000 }],
      budgets: {
        skew_ms: 5_000, context_due_ms: 60_000, decision_due_ms: 60_000, execution_due_ms: 86_400_000, outcome_due_ms: 86_400_000,
        revocation_propagation_ms: 60_000, depth_max: 8,
      },
      rules: { 'CHN-05': { on: true, severity: 'high' } },
      classes: { privileged: { operations: ['iam.*'], resources: ['role/*'] } },
      mappings: { opa: [{ path: 'agents/authz', effect: '/result/allow', actor: '/input/agent' }] },
    },
  },
  topics: { opa: { kind: 'opa', tenant: 'default', producer: 'pdp-eu' } },
})

/** The example with one value in another place. */
function changed(path: string, value: unknown): unknown {
  const document: any = example()
  const parts = path.split('/').slice(1)
  let at = document
  for (const part of parts.slice(0, -1)) at = at[part] ??= {}
  at[parts.at(-1)!] = value
  return document
}

const documentOf = (value: unknown): ConfigDocument => {
  const read = readConfigDocument(value, { rules })
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  return read.document
}

const errorsOf = (value: unknown) => {
  const read = readConfigDocument(value, { rules })
  return read.ok ? [] : read.errors.map(({ path, rule }) => `${path} ${rule}`)
}

test('E20: what is left out of a configuration document has its default, and tenant default is always there', () => {
  expect(documentOf({})).toEqual({ tenants: { default: { producers: [], budgets: defaultTenantConfig.budgets, rules: {}, classes: {}, mappings: {} } }, topics: {} })
  expect(defaultTenantConfig.budgets).toEqual({
    skew_ms: 5_000, context_due_ms: 60_000, decision_due_ms: 60_000, execution_due_ms: null, outcome_due_ms: 86_400_000,
    revocation_propagation_ms: 60_000, depth_max: 8, credential_age_max_ms: null, dormant_after_ms: 7_776_000_000,
  })
  expect(documentOf({ tenants: { acme: { producers: [{ id: 'iam' }] } } }).tenants['acme']!.producers)
    .toEqual([{ id: 'iam', sources: ['*'], legs: [], agents: ['*'], systems: ['*'], delay_ms: 10_000, rate_per_s: null }])
  expect(documentOf({ topics: { raw: { kind: 'cloudevents' } } }).topics).toEqual({ raw: { kind: 'cloudevents', tenant: 'default', producer: 'default' } })
  expect(documentOf(example())).toMatchObject(example())
})

test.each([
  ['/tenant', {}, '/tenant is not known here; did you mean tenants?'],
  ['/tenants/default/producer', [], '/tenants/default/producer is not known here; did you mean producers?'],
  ['/tenants/default/budgets/skew', 1, '/tenants/default/budgets/skew is not known here; did you mean skew_ms?'],
  ['/tenants/default/producers/0/leg', 1, '/tenants/default/producers/0/leg is not known here; did you mean legs?'],
  ['/tenants/default/rules/CHN-05/onn', true, '/tenants/default/rules/CHN-05/onn is not known here; did you mean on?'],
  ['/tenants/default/rules/CHN-5', {}, '/tenants/default/rules/CHN-5 must be the id of a rule, such as CHN-05'],
  ['/tenants/default/rules/CHN-07', {}, '/tenants/default/rules/CHN-07 is not a rule; did you mean CHN-05?'],
  ['/tenants/default/producers/0/legs', ['decisions'], '/tenants/default/producers/0/legs/0 must be one of "initiator", "delegation", "decision", "approval", "execution", "outcome", "inventory", "grants", "heartbeat"'],
  ['/tenants/default/producers/0/id', 'PDP', '/tenants/default/producers/0/id must be 1 to 63 characters of a-z 0-9 . _ - and begin with a letter, a digit or _'],
  ['/tenants/default/producers/1', { id: 'onbehalf' }, '/tenants/default/producers/1/id is the producer of what Onbehalf itself says'],
  ['/tenants/default/producers/1', { id: 'pdp-eu' }, '/tenants/default/producers/1/id is the id of producer 0 too; each has an id of its own'],
  ['/tenants/default/producers/1', {}, '/tenants/default/producers/1/id is required: must be 1 to 63 characters of a-z 0-9 . _ - and begin with a letter, a digit or _'],
  ['/tenants/default/producers/0/sources', ['urn:*:x'], '/tenants/default/producers/0/sources/0 may have a * at its end only'],
  ['/tenants/default/producers/0/agents', [''], '/tenants/default/producers/0/agents/0 must be a string of 1 to 1024 characters without control characters'],
  ['/tenants/default/producers/0/rate_per_s', 0, '/tenants/default/producers/0/rate_per_s must be a number greater than 0, or null'],
  ['/tenants/default/producers/0/delay_ms', null, '/tenants/default/producers/0/delay_ms must be a whole number of milliseconds, 0 to 3155760000000'],
  ['/tenants/default/budgets/skew_ms', -1, '/tenants/default/budgets/skew_ms must be a whole number of milliseconds, 0 to 3155760000000'],
  ['/tenants/default/budgets/execution_due_ms', '1', '/tenants/default/budgets/execution_due_ms must be a whole number of milliseconds, 0 to 3155760000000, or null'],
  ['/tenants/default/budgets/depth_max', 65, '/tenants/default/budgets/depth_max must be a whole number from 1 to 64'],
  ['/tenants/Acme', {}, '/tenants/Acme must be 1 to 63 characters of a-z 0-9 . _ - and begin with a letter, a digit or _'],
  ['/tenants/_unassigned', {}, '/tenants/_unassigned is where entries of unknown tenants go, and has no configuration'],
  ['/topics/opa/kind', 'rego', '/topics/opa/kind must be one of "cloudevents", "otlp_spans", "otlp_logs", "opa", "authzen", "cloudtrail", "gcp-audit", "k8s-audit", "agt"'],
  ['/topics/opa/tenant', 'defaut', '/topics/opa/tenant is not a tenant of this document; did you mean default?'],
  ['/topics/opa/producer', 'pdp-us', '/topics/opa/producer is not a producer of tenant default; did you mean pdp-eu?'],
  ['/topics/onbehalf.gateway', { kind: 'cloudevents' }, '/topics/onbehalf.gateway is a topic of Onbehalf, and is not configured'],
  ['/topics/a b', { kind: 'opa' }, '/topics/a b must be a topic name: 1 to 249 letters, digits, dots, hyphens or underscores'],
  ['/tenants/default/mappings/opa', [1], '/tenants/default/mappings/opa/0 must be an object'],
])('E21: a configuration document that says %s is refused by pointer and rule', (path, value, expected) => {
  expect(errorsOf(changed(path, value))).toEqual([expected])
})

test('E21: what is no configuration document is refused, with a value that is short and a link to its section', () => {
  for (const value of [null, undefined, 1, 'x', []]) expect(errorsOf(value)).toHaveLength(1)
  expect(errorsOf(JSON.parse('{"tenants":{"__proto__":{"x":1}}}'))).toEqual(['/tenants/__proto__ is not a name that is allowed here'])
  const read = readConfigDocument(changed('/tenants/default/budgets/depth_max', 'x'.repeat(1_000)), { rules })
  expect(read).toMatchObject({ ok: false, errors: [{ path: '/tenants/default/budgets/depth_max', docs: '/docs/configuration#budgets' }] })
  expect(JSON.stringify(read).length).toBeLessThan(500)
})

test('E20: the page has each section, each budget and each field of a producer with its default', () => {
  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
  const [producer] = documentOf({ tenants: { default: { producers: [{ id: 'x' }] } } }).tenants['default']!.producers
  for (const section of ['tenants', 'topics', ...Object.keys(defaultTenantConfig)]) expect(page).toContain(`\n## ${section}\n`)
  for (const [field, value] of Object.entries({ ...defaultTenantConfig.budgets, ...producer })) {
    expect(page).toContain(field === 'id' ? '| `id` |' : `| \`${field}\` | \`${JSON.stringify(value)}\` |`)
  }
})

test('E22: what a document says comes back from the entries of its tenants', () => {
  const document = documentOf({ ...example(), tenants: { ...example().tenants, acme: { producers: [{ id: 'iam', legs: ['inventory'] }] } } })
  const entries = [...tenantConfigsOf(document)].map(([tenant, config]) => [tenant, readTenantConfig(JSON.parse(JSON.stringify(config)))] as const)
  expect(entries[0]![1].topics).toEqual({ opa: { kind: 'opa', producer: 'pdp-eu' } })
  expect(configDocumentOf(entries)).toEqual(document)
})

test('E22: an entry is read by what is legible in it: a budget by default, a producer not at all', () => {
  const read = readTenantConfig({
    producers: [{ id: 'a', legs: ['decision', 'dreams'] }, { id: 'b', sources: 'urn:*' }, { id: 'a' }, 7],
    budgets: { skew_ms: -1, depth_max: 3, later: 1 },
    rules: { 'CHN-05': { on: true }, 'DEC-02': { on: 'yes' }, later: {} },
    topics: { opa: { kind: 'opa', producer: 'a' }, other: { kind: 'rego', producer: 'a' } },
    later: true,
  })
  expect(read).toEqual({
    ...defaultTenantConfig,
    producers: [{ id: 'a', sources: ['*'], legs: ['decision'], agents: ['*'], systems: ['*'], delay_ms: 10_000, rate_per_s: null }],
    budgets: { ...defaultTenantConfig.budgets, depth_max: 3 },
    rules: { 'CHN-05': { on: true } },
    topics: { opa: { kind: 'opa', producer: 'a' } },
  })
})

test('E22: reading an entry never throws, and what it reads is a configuration', () => {
  const shapes = fc.oneof(fc.anything(), fc.record({
    producers: fc.oneof(fc.anything(), fc.array(fc.record({ id: fc.constantFrom('a', 'B', 3), legs: fc.anything(), sources: fc.anything() }))),
    budgets: fc.anything(), rules: fc.anything(), classes: fc.anything(), mappings: fc.anything(), topics: fc.anything(),
  }))
  fc.assert(fc.property(shapes, (value) => {
    const config = readTenantConfig(value)
    expect(readTenantConfig(config)).toEqual(config)
    readConfigDocument(value, { rules })
  }))
})

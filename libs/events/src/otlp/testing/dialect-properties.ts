import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventTypes } from '../../catalogue/index.ts'
import { compile, type Check } from '../../checker.ts'
import { statementsOf } from '../../mapped/told.ts'
import type { Dialect } from '../dialect.ts'
import { mapRecord } from '../map-record.ts'
import type { AttributeValue, OtlpRecord } from '../record.ts'
import { sha256 } from './records.ts'

/**
 * Whatever stands in the attributes that a dialect knows, it does not throw, and nothing that it tells breaks the catalogue:
 * records of its own, with some of their values replaced.
 */
export function keepsToTheCatalogue(dialects: readonly Dialect[], records: Readonly<Record<string, OtlpRecord>>): void {
  test('E38: nothing that it tells breaks the catalogue, whatever the attributes hold', () => {
    const replaced = fc.constantFrom(...Object.values(records)).chain((record) => {
      const values = record.signal === 'span' ? [...record.attributes.keys(), ...record.events.flatMap(({ attributes }) => [...attributes.keys()])] : [...record.attributes.keys(), body]
      return fc.tuple(fc.constant(record), fc.dictionary(fc.constantFrom(...values), value, { minKeys: 1, maxKeys: 3 }))
    })
    fc.assert(
      fc.property(replaced, ([record, values]) => {
        expect(faultsOf(withValues(record, values), dialects)).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })
}

const body = '(body)'

function withValues(record: OtlpRecord, values: Readonly<Record<string, AttributeValue>>): OtlpRecord {
  const changed = (attributes: OtlpRecord['attributes']) => new Map([...attributes].map(([name, given]) => [name, Object.hasOwn(values, name) ? values[name]! : given]))
  if (record.signal === 'log') return { ...record, attributes: changed(record.attributes), ...(Object.hasOwn(values, body) && { body: values[body]! }) }
  return { ...record, attributes: changed(record.attributes), events: record.events.map((event) => ({ ...event, attributes: changed(event.attributes) })) }
}

/** What of a record's telling the catalogue refuses. @throws whatever a dialect throws, and on a time that is none */
export function faultsOf(record: OtlpRecord, dialects: readonly Dialect[]): unknown[] {
  const told = mapRecord(record, dialects, sha256)
  const statements = statementsOf(told, { kind: 'otlp-span-json', source: 'urn:test', id: 'r' }, { sha256 })
  const identities = statements.map(({ id }) => id)
  return [...told.filter(({ type, data }) => !checks[type]!({ action_id: 'a', ...data })), ...identities.filter((id, i) => identities.indexOf(id) !== i)]
}

const checks: Record<string, Check> = Object.fromEntries(Object.entries(eventTypes).map(([type, { schema }]) => [type, compile(schema)]))

const words = fc.constantFrom(
  'accept', 'reject', 'true', 'false', 'user', 'config', 'user_permanent', 'execute_tool', 'tools/call', 'tool_call', 'SendMessage', 'TASK_STATE_COMPLETED', 'permit', 'deny', 'succeeded', 'invoke_agent', 'agent',
  '<not specified>', '', 'x'.repeat(2_000), 'a\u0000b', '\ud800', 'sha-256:00', '2026-03-01T09:30:00Z', '{"status":"success"}', '{"args":', '[{"role":"assistant","parts":[{"type":"tool_call","id":"c","name":"n"}]}]',
  '[{"role":"tool","parts":[{"type":"tool_call_response","id":"c","response":{}},{"type":"tool_call_response","id":"c","response":1}]}]', '{"actions":["a"]}', '{"actions":1}',
)
const scalar: fc.Arbitrary<AttributeValue> = fc.oneof(words, fc.string({ unit: 'binary' }), fc.double(), fc.integer(), fc.boolean(), fc.constant(null))
const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  { maxDepth: 3 }, { arbitrary: scalar, weight: 4 },
  fc.array(fc.record({ role: scalar, parts: fc.array(fc.record({ type: fc.constantFrom('tool_call', 'tool_call_response', 'text'), id: scalar, name: scalar, arguments: scalar, response: scalar }, { requiredKeys: ['type'] }), { maxLength: 3 }) }), { maxLength: 3 }) as fc.Arbitrary<AttributeValue>,
  fc.json({ maxDepth: 3 }) as fc.Arbitrary<AttributeValue>,
)

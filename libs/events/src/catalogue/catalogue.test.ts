import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { eventTypes, exampleOf, read, wireType, type EventDefinition, type EventType } from '../index.ts'
import { context, json, readJson, rejectionOf, statementOf } from '../testing/entries.ts'

const types = Object.keys(eventTypes) as EventType[]
/** Those that somebody says, and no mapper of ours. */
const spoken = types.filter((type) => eventTypes[type].saidBy !== 'mapping')

/** The catalogue of the design, so that a type that is lost is missed. */
const designed = [
  'action.completed', 'action.requested', 'action.started', 'agent.reactivated', 'agent.registered', 'agent.retired',
  'agent.suspended', 'agent.updated', 'approval.requested', 'approval.resolved', 'assertion.retracted',
  'audit.exported', 'audit.read', 'clock.ticked', 'config.changed', 'content.erased', 'credential.issued',
  'credential.revoked', 'decision.recorded', 'delegation.granted', 'delegation.revoked', 'finding.acknowledged',
  'finding.raised', 'finding.resolved', 'grant.activated', 'grant.withdrawn', 'hold.placed', 'hold.released',
  'import.ended', 'import.started', 'integrity.failed', 'key.rotated', 'log.opened', 'outcome.compensated',
  'outcome.observed', 'policy.published', 'policy.retired', 'principal.described', 'principal.linked',
  'principal.unlinked', 'retention.applied', 'run.described', 'session.ended', 'session.started', 'signal.received', 'source.gap',
  'source.heartbeat', 'span.ended',
]

test.each(spoken)('E1: the example of %s reads to what it says', (type) => {
  const event = exampleOf(type)
  const statement = statementOf(readJson(event))
  expect(statement).toEqual({
    type,
    source: event.source,
    id: event.id,
    time: '2026-03-01T09:30:00.25Z',
    timeMs: 1_772_357_400_250,
    event,
    data: event.data,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
  })
})

test('E1: the examples of types that are made by a mapper are valid', () => {
  const mapped = types.filter((type) => eventTypes[type].saidBy === 'mapping')
  expect(mapped.length).toBeGreaterThan(0)
  for (const type of mapped) expect((eventTypes[type] as EventDefinition).schema.safeParse(exampleOf(type).data).error, type).toBeUndefined()
})

test.each(types)('E1: the example of %s shows every field that the type adds', (type) => {
  const { schema, example } = eventTypes[type] as EventDefinition
  const fields = Object.keys((schema as unknown as { shape: object }).shape)
  const links = new Set([
    'action_id', 'decision_id', 'approval_id', 'session_id', 'trace_id', 'span_id', 'tool_call_id', 'task_id', 'txn',
    'request_id', 'upstream_request_ids', 'credential_id', 'origin',
  ])
  expect(Object.keys(example as object)).toEqual(expect.arrayContaining(fields.filter((field) => !links.has(field))))
})

test.each(spoken)('E1: fields of %s that nobody knows are allowed everywhere, and kept', (type) => {
  const event = exampleOf(type)
  const data = withExtra(event.data)
  const statement = statementOf(readJson({ ...event, vendorx: 7, data }))
  expect(statement.event['vendorx']).toBe(7)
  expect(statement.data).toEqual(data)
})

test('E15: the catalogue is that of the design, one file per type', () => {
  expect([...types].sort()).toEqual(designed)
  const files = readdirSync(import.meta.dirname).filter((file) => /^\w+\.(?!test)\w+\.ts$/.test(file))
  expect(files.sort()).toEqual(designed.map((type) => `${type}.ts`))
  for (const type of types) {
    expect(eventTypes[type].type).toBe(type)
    expect(wireType(eventTypes[type])).toMatch(/^onbehalf\.[a-z_]+\.[a-z]+\.v1$/)
  }
})

test('E7: what only Onbehalf may write is refused from anybody else, and what is made of foreign records from everybody', () => {
  for (const type of types) {
    const reading = read('cloudevent', json(exampleOf(type)), context)
    if (eventTypes[type].saidBy === 'anyone') expect(reading.ok, type).toBe(true)
    else expect(rejectionOf(reading), type).toMatchObject({ code: 'reserved_type', errors: [{ path: '/type' }] })
    expect(readJson(exampleOf(type), 'own').ok, type).toBe(eventTypes[type].saidBy !== 'mapping')
  }
})

/** Maps from names to values take no extra member: there, a member is content. */
function withExtra(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withExtra(item))
  if (typeof value !== 'object' || value === null || name === 'sizes') return value
  const members = Object.entries(value).map(([key, member]) => [key, withExtra(member, key)])
  return { ...Object.fromEntries(members), vendor_extra: { a: [1, null] } }
}

import { describe, expect, test } from 'vitest'
import { eventTypes, exampleOf, jsonSchemaOf, type EventType } from './index.ts'
import { readJson, rejectionOf } from './testing/entries.ts'

const types = (Object.keys(eventTypes) as EventType[]).filter((type) => eventTypes[type].saidBy !== 'mapping')

interface Schema {
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  oneOf?: Schema[]
  $ref?: string
  type?: string
  enum?: unknown[]
  const?: unknown
}

describe.each(types)('%s', (type) => {
  const schema = jsonSchemaOf(type) as unknown as Schema & { $defs: Record<string, Schema> }
  const event = exampleOf(type) as unknown as Record<string, unknown>
  const fields = [...fieldsOf(schema, schema.$defs, event, '')]

  test('E2: a required field that is missing is named, and nothing else is', () => {
    const required = fields.filter((field) => field.required)
    expect(required.length).toBeGreaterThan(6)
    for (const { path } of required) {
      const { code, errors } = rejectionOf(readJson(changed(event, path, undefined)))
      expect(code).toBe('invalid')
      expect(errors.map((error) => error.path), path).toEqual([path])
      expect(errors[0]!.rule, path).toMatch(/^is required: must be /)
      expect(errors[0]!.docs, path).toBe(docsOf(type, path))
      expect(errors[0]).not.toHaveProperty('value')
    }
  })

  test('E2: a field of the wrong type is named, with the rule and the value', () => {
    for (const { path, schema: field } of fields) {
      if (field.type === undefined && !field.enum && field.const === undefined && !field.oneOf) continue
      const wrong = field.type === 'boolean' ? 'true' : false
      const { errors } = rejectionOf(readJson(changed(event, path, wrong)))
      if (path === '/tenantid') continue
      expect(errors.map((error) => error.path), path).toEqual([path])
      expect(errors[0]!.rule, path).toMatch(/^must /)
      expect(errors[0]!.value, path).toBe(wrong)
    }
  })
})

interface Field {
  path: string
  required: boolean
  schema: Schema
}

/** The fields of an example, as deep as the schema knows them. */
function* fieldsOf(schema: Schema, defs: Record<string, Schema>, value: unknown, path: string): Iterable<Field> {
  const known = resolved(schema, defs, value)
  if (Array.isArray(value) && known.items) {
    for (const [i, item] of value.entries()) yield* fieldsOf(known.items, defs, item, `${path}/${i}`)
  }
  for (const [name, member] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    const field = known.properties?.[name]
    if (!field) continue
    const required = known.required?.includes(name) ?? false
    yield { path: `${path}/${name}`, required, schema: field.$ref ? resolved(field, defs, member) : field }
    yield* fieldsOf(field, defs, member, `${path}/${name}`)
  }
}

function resolved(schema: Schema, defs: Record<string, Schema>, value: unknown): Schema {
  const target = schema.$ref ? defs[schema.$ref.slice('#/$defs/'.length)]! : schema
  if (!target.oneOf) return target
  const kind = (value as { kind?: string }).kind
  return target.oneOf.find((option) => option.properties!['kind']!.const === kind)!
}

function changed(event: object, path: string, value: unknown): object {
  const copy = structuredClone(event)
  const names = path.slice(1).split('/')
  const last = names.pop()!
  const holder = names.reduce((at, name) => at[name] as never, copy as Record<string, unknown>)
  if (value === undefined) delete holder[last]
  else holder[last] = value
  return copy
}

function docsOf(type: string, path: string): string {
  const [, first, second] = path.split('/')
  return first === 'data' && second !== undefined ? `/docs/events/${type}#${second}` : `/docs/events/envelope#${first}`
}

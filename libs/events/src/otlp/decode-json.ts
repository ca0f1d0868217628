import { decodeUtf8 } from '../utf8.ts'
import { layouts } from './layout.ts'
import { badField, Malformed } from './malformed.ts'
import type { AttributeValue, LogRecord, OtlpRecord, SpanRecord } from './record.ts'
import type { OtlpSignal } from './split.ts'
import { eventNameOf, idOf, integerOf, numberOf, required, requiredId, spanKinds, statusCodes, timeOfLog, timeOfNanos, tooDeep, valueDepthMax } from './wire-values.ts'

/**
 * The one record of a TracesData or LogsData in OTLP/JSON: the JSON mapping of proto3, with ids in hex. A member that is
 * null is not there. An attribute whose value is of no kind that there is says nothing; everything else must be as it should.
 * @throws Malformed
 */
export function decodeJson(content: Uint8Array, signal: OtlpSignal): OtlpRecord {
  const { record, scope, resource } = findRecord(parse(content), signal)
  const about = objectOf(scope, 'scope')
  const surroundings = {
    resource: attributesOf(objectOf(resource, 'resource')['attributes'], 'resource'),
    scope: { name: textOf(about['name'], 'scope'), version: textOf(about['version'], 'scope') },
  }
  return signal === 'traces' ? spanOf(record, surroundings) : logOf(record, surroundings)
}

type Json = Record<string, unknown>
type Surroundings = Pick<OtlpRecord, 'resource' | 'scope'>

function parse(content: Uint8Array): unknown {
  const text = decodeUtf8(content)
  if (text === null) throw new Malformed('must be UTF-8')
  try {
    return longInteger.test(text) ? JSON.parse(text, exact as (key: string, value: unknown) => unknown) : JSON.parse(text)
  } catch {
    throw new Malformed('must be JSON (RFC 8259)')
  }
}

/** Digits that a double may not hold, where a number can stand. */
const longInteger = /[[:,]\s*-?[0-9]{16}/

/** Whole numbers that are not safe as the text that they were. */
function exact(_: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?[0-9]+$/.test(source) ? source : value
}

function findRecord(data: unknown, signal: OtlpSignal): { record: Json; scope: unknown; resource: unknown } {
  const { record: name, resources, scopes, records } = layouts[signal]
  let found: { record: Json; scope: unknown; resource: unknown } | undefined
  for (const resource of listOf(objectOf(data, '')[resources], resources))
    for (const scope of listOf(resource[scopes], scopes))
      for (const record of listOf(scope[records], records)) {
        if (found !== undefined) throw new Malformed(`must hold one ${name}, and holds more`, undefined, { code: 'invalid' })
        found = { record, scope: scope['scope'], resource: resource['resource'] }
      }
  if (found === undefined) throw new Malformed(`must hold a ${name}`, undefined, { code: 'invalid' })
  return found
}

function spanOf(span: Json, surroundings: Surroundings): SpanRecord {
  const start = required('startTimeUnixNano', timeOf(span['startTimeUnixNano'], 'startTimeUnixNano'))
  const status = objectOf(span['status'], 'status')
  return {
    signal: 'span',
    traceId: requiredId('traceId', textOf(span['traceId'], 'traceId'), 32),
    spanId: requiredId('spanId', textOf(span['spanId'], 'spanId'), 16),
    parentSpanId: idOf('parentSpanId', textOf(span['parentSpanId'], 'parentSpanId'), 16),
    name: textOf(span['name'], 'name'),
    kind: enumOf(span['kind'], spanKinds, 'SPAN_KIND_', 'kind'),
    start,
    end: timeOf(span['endTimeUnixNano'], 'endTimeUnixNano') ?? start,
    status: enumOf(status['code'], statusCodes, 'STATUS_CODE_', 'status'),
    statusMessage: textOf(status['message'], 'status'),
    events: listOf(span['events'], 'events').flatMap((event) => {
      const time = timeOf(event['timeUnixNano'], 'events')
      return time === null ? [] : [{ name: textOf(event['name'], 'events'), time, attributes: attributesOf(event['attributes'], 'events') }]
    }),
    links: listOf(span['links'], 'links').flatMap((link) => {
      const [traceId, spanId] = [idOf('links', textOf(link['traceId'], 'links'), 32), idOf('links', textOf(link['spanId'], 'links'), 16)]
      return traceId === null || spanId === null ? [] : [{ traceId, spanId, attributes: attributesOf(link['attributes'], 'links') }]
    }),
    attributes: attributesOf(span['attributes'], 'attributes'),
    ...surroundings,
  }
}

function logOf(log: Json, surroundings: Surroundings): LogRecord {
  const attributes = attributesOf(log['attributes'], 'attributes')
  const eventName = textOf(log['eventName'], 'eventName')
  return {
    signal: 'log',
    traceId: idOf('traceId', textOf(log['traceId'], 'traceId'), 32),
    spanId: idOf('spanId', textOf(log['spanId'], 'spanId'), 16),
    time: timeOfLog(timeOf(log['timeUnixNano'], 'timeUnixNano'), timeOf(log['observedTimeUnixNano'], 'observedTimeUnixNano')),
    eventName: eventName === '' ? eventNameOf(attributes) : eventName,
    body: valueOf(log['body'], 1),
    severityText: textOf(log['severityText'], 'severityText'),
    attributes,
    ...surroundings,
  }
}

function objectOf(value: unknown, field: string): Json {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw badField(field, 'must be an object', value)
  return value as Json
}

function listOf(value: unknown, field: string): Json[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw badField(field, 'must be a list', value)
  for (const item of value) if (typeof item !== 'object' || item === null || Array.isArray(item)) throw badField(field, 'must be a list of objects', item)
  return value as Json[]
}

/** Text with half of a surrogate pair is not said: no database takes it. */
function textOf(value: unknown, field: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw badField(field, 'must be a string', value)
  return value.isWellFormed() ? value : ''
}

function timeOf(value: unknown, field: string): string | null {
  if (value === undefined || value === null) return null
  const nanos = bigintOf(value)
  if (nanos === null) throw badField(field, 'must be nanoseconds since 1970, as a decimal string', value)
  return timeOfNanos(field, nanos)
}

/** A whole number that is written as a number or as decimal text; null for anything else. */
function bigintOf(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : null
  return typeof value === 'string' && /^-?[0-9]{1,39}$/.test(value) ? BigInt(value) : null
}

/** By number or by name; one that is not known counts as the first, which says nothing. */
function enumOf<Name extends string>(value: unknown, names: readonly Name[], prefix: string, field: string): Name {
  const none = names[0]!
  if (value === undefined || value === null) return none
  if (typeof value === 'number') return names[value] ?? none
  if (typeof value !== 'string') throw badField(field, 'must be a number or a name', value)
  return names.find((name) => value === `${prefix}${name.toUpperCase()}`) ?? (/^[0-9]$/.test(value) ? names[Number(value)] ?? none : none)
}

function attributesOf(value: unknown, field: string): Map<string, AttributeValue> {
  const attributes = new Map<string, AttributeValue>()
  for (const pair of listOf(value, field)) addAttribute(attributes, pair, 1)
  return attributes
}

function addAttribute(attributes: Map<string, AttributeValue>, { key, value }: Json, depth: number): void {
  const name = key ?? ''
  if (typeof name === 'string' && name.isWellFormed()) attributes.set(name, valueOf(value, depth))
}

/** An `AnyValue`. */
function valueOf(any: unknown, depth: number): AttributeValue {
  if (depth > valueDepthMax) throw tooDeep()
  if (!isObject(any)) return null
  for (const name in any) {
    const read = Object.hasOwn(valueKinds, name) ? valueKinds[name] : undefined
    const value = any[name]
    if (read !== undefined && value !== undefined && value !== null) return read(value, depth)
  }
  return null
}

const valueKinds: Record<string, (value: unknown, depth: number) => AttributeValue> = {
  stringValue: (value) => (typeof value === 'string' && value.isWellFormed() ? value : null),
  boolValue: (value) => (typeof value === 'boolean' ? value : null),
  intValue(value) {
    const integer = bigintOf(value)
    return integer === null || BigInt.asIntN(64, integer) !== integer ? null : integerOf(integer)
  },
  doubleValue(value) {
    if (typeof value === 'number') return numberOf(value)
    return typeof value === 'string' && value.trim() !== '' && (value === 'NaN' || !Number.isNaN(Number(value))) ? numberOf(Number(value)) : null
  },
  arrayValue: (value, depth) => itemsOf(value).map((item) => valueOf(item, depth + 1)),
  kvlistValue(value, depth) {
    const members = new Map<string, AttributeValue>()
    for (const pair of itemsOf(value)) if (isObject(pair)) addAttribute(members, pair, depth + 1)
    return Object.fromEntries(members)
  },
  // The URL alphabet and missing padding are taken as well (proto3 JSON mapping).
  bytesValue(value) {
    if (typeof value !== 'string') return null
    const digits = value.replace(/={1,2}$/, '').replaceAll('-', '+').replaceAll('_', '/')
    return /^[A-Za-z0-9+/]*$/.test(digits) && digits.length % 4 !== 1 ? digits.padEnd(Math.ceil(digits.length / 4) * 4, '=') : null
  },
}

function itemsOf(value: unknown): unknown[] {
  const values = isObject(value) ? value['values'] : undefined
  return Array.isArray(values) ? values : []
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

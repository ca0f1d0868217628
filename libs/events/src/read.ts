import type { Links } from './blocks.ts'
import { eventTypes } from './catalogue/index.ts'
import { compile, type Check } from './checker.ts'
import { envelope } from './envelope.ts'
import { wireType, type EventDefinition } from './event-type.ts'
import { cut, explain, fieldError } from './explain.ts'
import { readForeign } from './foreign/read-foreign.ts'
import { nearest } from './nearest.ts'
import { readOtlp } from './otlp/read-otlp.ts'
import { binary, structured, type Parsed } from './parse.ts'
import { envelopeDocs, invalid, reject } from './rejection.ts'
import type { CloudEvent, EntryKind, ReadContext, Reading, Statement } from './statement.ts'
import { timeOf } from './time.ts'

export type Read = (kind: EntryKind, content: Uint8Array, context: ReadContext) => Reading

/** What one entry says, or why it cannot be read. Pure, and never throws, whatever the bytes. */
export const read: Read = createRead(eventTypes)

/** `read` over a catalogue; apart so that a test can bring a type with a history. */
export function createRead(catalogue: Record<string, EventDefinition>): Read {
  const types = byWireType(catalogue)
  const isEnvelope = compile(envelope)

  return (kind, content, context) => {
    try {
      switch (kind) {
        case 'cloudevent':
        case 'own':
          return readEvent(structured(content), kind, context)
        case 'cloudevent-binary':
          return readEvent(binary(content), kind, context)
        case 'otlp-span-proto':
        case 'otlp-span-json':
        case 'otlp-log-proto':
        case 'otlp-log-json':
          return readOtlp(kind, content, context)
        case 'opa':
        case 'authzen':
        case 'cloudtrail':
        case 'gcp-audit':
        case 'k8s-audit':
        case 'agt':
          return readForeign(kind, content, context)
        case 'tombstone':
          return reject('tombstone', 'a tombstone: a Kafka record with a key and no value says nothing')
        case 'unreadable':
          return reject('unreadable', 'a record that could not be split into entries')
        case 'lost':
          return reject('lost', 'records that the topic no longer had when they were asked for')
        default:
          return reject('unsupported_kind', `entries of kind ${cut(String(kind), 40)} are not understood yet`)
      }
    } catch {
      return reject('fault', 'reading this entry failed inside Onbehalf; the entry itself is kept')
    }
  }

  function readEvent(parsed: Parsed, kind: EntryKind, context: ReadContext): Reading {
    if (!parsed.ok) return parsed
    const { event } = parsed
    const tenant = event['tenantid']
    if (tenant !== undefined && tenant !== context.tenant) {
      const rule = `must be the tenant of the producer, ${cut(context.tenant, 64)}`
      return reject('tenant_mismatch', `tenantid ${rule}`, [fieldError(['tenantid'], rule, tenant, envelopeDocs)])
    }
    const wire = event['type']
    const known = typeof wire === 'string' ? types.get(wire) : undefined
    if (!known) {
      return typeof wire === 'string' ? unknownType(wire) : invalid(explain(envelope, event, [], envelopeDocs))
    }
    const { definition } = known
    if (definition.saidBy === 'mapping' || (definition.saidBy === 'onbehalf' && kind !== 'own')) {
      const rule = 'is a type that only Onbehalf itself may write'
      return reject('reserved_type', `${wire} ${rule}`, [fieldError(['type'], rule, wire, docsOf(definition))])
    }
    if (!isEnvelope(event) || !known.check(event['data'])) {
      const errors = explain(envelope, event, [], envelopeDocs)
      // A missing or misshapen `data` is the envelope's to say.
      if (!errors.some((error) => error.path === '/data')) {
        errors.push(...explain(known.schema, event['data'], ['data'], docsOf(definition)))
      }
      return invalid(errors.slice(0, 20))
    }
    return { ok: true, statements: [statementOf(event as unknown as CloudEvent, known)] }
  }

  function unknownType(wire: string): Reading {
    const [, type = '', version = ''] = /^onbehalf\.(.*)\.v([0-9]+)$/s.exec(wire) ?? []
    const definition = Object.hasOwn(catalogue, type) ? catalogue[type] : undefined
    if (definition) {
      const rule = `must be of a version that exists; the newest is ${wireType(definition)}`
      const error = fieldError(['type'], rule, wire, docsOf(definition))
      return reject('unknown_version', `${type} has no version ${cut(version, 10)}; the newest is ${wireType(definition)}`, [error])
    }
    const rule = `is not a known type; the nearest is ${nearestType(wire, [...types.keys()])}`
    return reject('unknown_type', `${cut(wire, 100)} ${rule}`, [fieldError(['type'], rule, wire, '/docs/events')])
  }
}

/** Of the same aggregate, if there is one: "onbehalf.decision.v1" is meant as a decision. */
function nearestType(wire: string, known: string[]): string {
  const aggregateOf = (type: string) => type.split('.', 2)[1]?.toLowerCase()
  const aggregate = aggregateOf(wire.slice(0, 100))
  const related = known.filter((type) => aggregateOf(type) === aggregate)
  return nearest(wire, related.length > 0 ? related : known)
}

/** One version of one type, with the way up to the newest. */
interface KnownType {
  definition: EventDefinition
  schema: EventDefinition['schema']
  check: Check
  /** Null for the newest version. */
  upcast: ((data: object) => object) | null
}

function byWireType(catalogue: Record<string, EventDefinition>): Map<string, KnownType> {
  const types = new Map<string, KnownType>()
  for (const definition of Object.values(catalogue)) {
    const { schema, version, upcasters } = definition
    types.set(wireType(definition), { definition, schema, check: compile(schema), upcast: null })
    for (const [from, upcaster] of Object.entries(upcasters)) {
      const upcast = (data: object): object => {
        let lifted = data
        for (let v = Number(from); v < version; v++) lifted = upcasters[v]!.upcast(lifted)
        return lifted
      }
      const check = compile(upcaster.schema)
      types.set(wireType(definition, Number(from)), { definition, schema: upcaster.schema, check, upcast })
    }
  }
  return types
}

function statementOf(event: CloudEvent, known: KnownType): Statement {
  const data = (known.upcast ? known.upcast(event.data) : event.data) as Links
  const instant = timeOf(event.time)!
  const { traceparent } = event
  return {
    type: known.definition.type,
    source: event.source,
    id: event.id,
    time: instant.time,
    timeMs: instant.timeMs,
    event,
    data,
    traceId: data.trace_id?.toLowerCase() ?? traceparent?.slice(3, 35),
    spanId: data.span_id?.toLowerCase() ?? (data.trace_id === undefined ? traceparent?.slice(36, 52) : undefined),
  } as Statement
}

function docsOf(definition: { type: string }): string {
  return `/docs/events/${definition.type}`
}

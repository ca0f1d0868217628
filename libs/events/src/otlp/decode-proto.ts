import { recordsField, resourcesField, scopesField, layouts } from './layout.ts'
import { Malformed } from './malformed.ts'
import { Fields } from './protobuf.ts'
import type { AttributeValue, LogRecord, OtlpRecord, SpanRecord } from './record.ts'
import type { OtlpSignal } from './split.ts'
import { base64Of, eventNameOf, hexOf, idOf, numberOf, required, requiredId, spanKinds, statusCodes, timeOfLog, timeOfNanos, tooDeep, valueDepthMax } from './wire-values.ts'

/**
 * The one record of a TracesData or LogsData. Text that is not UTF-8 is not said: exporters cut long values at a byte. Of
 * a field that may be given once, the last counts; those of a resource and scope add up, as messages do.
 * @throws Malformed
 */
export function decodeProto(content: Uint8Array, signal: OtlpSignal): OtlpRecord {
  const { record, scope, resource } = findRecord(content, signal)
  const surroundings = { resource: resourceOf(resource()), scope: scopeOf(scope()) }
  return signal === 'traces' ? spanOf(record, surroundings) : logOf(record, surroundings)
}

type Surroundings = Pick<OtlpRecord, 'resource' | 'scope'>
type Attributes = Map<string, AttributeValue>

interface Found {
  record: Fields
  /** The messages that they stand in. */
  scope: () => Fields
  resource: () => Fields
}

function findRecord(content: Uint8Array, signal: OtlpSignal): Found {
  const { record: name } = layouts[signal]
  let found: Found | undefined
  for (const top = new Fields(content); top.next();) {
    if (top.number !== resourcesField) continue
    const { at, to } = top
    for (const scopes = top.message(); scopes.next();) {
      if (scopes.number !== scopesField) continue
      const { at: scopeAt, to: scopeTo } = scopes
      for (const records = scopes.message(); records.next();) {
        if (records.number !== recordsField) continue
        if (found !== undefined) throw new Malformed(`must hold one ${name}, and holds more`, records.from, { code: 'invalid' })
        found = { record: records.message(), scope: () => new Fields(content, scopeAt, scopeTo), resource: () => new Fields(content, at, to) }
      }
    }
  }
  if (found === undefined) throw new Malformed(`must hold a ${name}`, undefined, { code: 'invalid' })
  return found
}

/** `Resource.attributes`, of field 1 of a ResourceSpans. */
function resourceOf(fields: Fields): Attributes {
  const attributes: Attributes = new Map()
  while (fields.next()) {
    if (fields.number !== 1) continue
    for (const resource = fields.message(); resource.next();) if (resource.number === 1) addAttribute(attributes, resource.message(), 1)
  }
  return attributes
}

/** `InstrumentationScope`, field 1 of a ScopeSpans. */
function scopeOf(fields: Fields): OtlpRecord['scope'] {
  const scope = { name: '', version: '' }
  while (fields.next()) {
    if (fields.number !== 1) continue
    for (const inner = fields.message(); inner.next();) {
      if (inner.number === 1) scope.name = inner.text() ?? ''
      else if (inner.number === 2) scope.version = inner.text() ?? ''
    }
  }
  return scope
}

function spanOf(span: Fields, surroundings: Surroundings): SpanRecord {
  let [traceId, spanId, parentSpanId, name, statusMessage] = ['', '', '', '', '']
  let [start, end]: [string | null, string | null] = [null, null]
  let kind: SpanRecord['kind'] = 'unspecified'
  let status: SpanRecord['status'] = 'unset'
  const attributes: Attributes = new Map()
  const events: SpanRecord['events'][number][] = []
  const links: SpanRecord['links'][number][] = []
  while (span.next()) {
    switch (span.number) {
      case 1:
        traceId = hexOf(span.slice())
        break
      case 2:
        spanId = hexOf(span.slice())
        break
      case 4:
        parentSpanId = hexOf(span.slice())
        break
      case 5:
        name = span.text() ?? ''
        break
      case 6:
        kind = spanKinds[Number(span.integer())] ?? 'unspecified'
        break
      case 7:
        start = timeOfNanos('startTimeUnixNano', span.unsigned64())
        break
      case 8:
        end = timeOfNanos('endTimeUnixNano', span.unsigned64())
        break
      case 9:
        addAttribute(attributes, span.message(), 1)
        break
      case 11: {
        const event = eventOf(span.message())
        if (event !== null) events.push(event)
        break
      }
      case 13: {
        const link = linkOf(span.message())
        if (link !== null) links.push(link)
        break
      }
      case 15:
        for (const inner = span.message(); inner.next();) {
          if (inner.number === 2) statusMessage = inner.text() ?? ''
          else if (inner.number === 3) status = statusCodes[Number(inner.integer())] ?? 'unset'
        }
        break
    }
  }
  const began = required('startTimeUnixNano', start)
  return {
    signal: 'span', traceId: requiredId('traceId', traceId, 32), spanId: requiredId('spanId', spanId, 16), parentSpanId: idOf('parentSpanId', parentSpanId, 16),
    name, kind, start: began, end: end ?? began, status, statusMessage, events, links, attributes, ...surroundings,
  }
}

/** Null for one that says no time. */
function eventOf(event: Fields): SpanRecord['events'][number] | null {
  let time: string | null = null
  let name = ''
  const attributes: Attributes = new Map()
  while (event.next()) {
    if (event.number === 1) time = timeOfNanos('events', event.unsigned64())
    else if (event.number === 2) name = event.text() ?? ''
    else if (event.number === 3) addAttribute(attributes, event.message(), 1)
  }
  return time === null ? null : { name, time, attributes }
}

/** Null for one that leads nowhere. */
function linkOf(link: Fields): SpanRecord['links'][number] | null {
  let [traceId, spanId] = ['', '']
  const attributes: Attributes = new Map()
  while (link.next()) {
    if (link.number === 1) traceId = hexOf(link.slice())
    else if (link.number === 2) spanId = hexOf(link.slice())
    else if (link.number === 4) addAttribute(attributes, link.message(), 1)
  }
  const [trace, span] = [idOf('links', traceId, 32), idOf('links', spanId, 16)]
  return trace === null || span === null ? null : { traceId: trace, spanId: span, attributes }
}

function logOf(log: Fields, surroundings: Surroundings): LogRecord {
  let [traceId, spanId, severityText, eventName] = ['', '', '', '']
  let [happened, observed]: [string | null, string | null] = [null, null]
  let body: AttributeValue = null
  const attributes: Attributes = new Map()
  while (log.next()) {
    switch (log.number) {
      case 1:
        happened = timeOfNanos('timeUnixNano', log.unsigned64())
        break
      case 3:
        severityText = log.text() ?? ''
        break
      case 5:
        body = valueOf(log.message(), 1)
        break
      case 6:
        addAttribute(attributes, log.message(), 1)
        break
      case 9:
        traceId = hexOf(log.slice())
        break
      case 10:
        spanId = hexOf(log.slice())
        break
      case 11:
        observed = timeOfNanos('observedTimeUnixNano', log.unsigned64())
        break
      case 12:
        eventName = log.text() ?? ''
        break
    }
  }
  return {
    signal: 'log', traceId: idOf('traceId', traceId, 32), spanId: idOf('spanId', spanId, 16), time: timeOfLog(happened, observed),
    eventName: eventName === '' ? eventNameOf(attributes) : eventName, body, severityText, attributes, ...surroundings,
  }
}

/** A `KeyValue`; one whose name is not UTF-8 is not said. */
function addAttribute(attributes: Map<string, AttributeValue>, pair: Fields, depth: number): void {
  let name: string | null = ''
  let value: AttributeValue = null
  while (pair.next()) {
    if (pair.number === 1) name = pair.text()
    else if (pair.number === 2) value = valueOf(pair.message(), depth)
  }
  if (name !== null) attributes.set(name, value)
}

/** An `AnyValue`: of several values the last counts. */
function valueOf(any: Fields, depth: number): AttributeValue {
  if (depth > valueDepthMax) throw tooDeep()
  let value: AttributeValue = null
  while (any.next()) {
    switch (any.number) {
      case 1:
        value = any.text()
        break
      case 2:
        value = any.integer() !== 0
        break
      case 3:
        value = any.integer()
        break
      case 4:
        value = numberOf(any.double())
        break
      case 5: {
        const list: AttributeValue[] = []
        for (const values = any.message(); values.next();) if (values.number === 1) list.push(valueOf(values.message(), depth + 1))
        value = list
        break
      }
      case 6: {
        const members: Attributes = new Map()
        for (const values = any.message(); values.next();) if (values.number === 1) addAttribute(members, values.message(), depth + 1)
        value = Object.fromEntries(members)
        break
      }
      case 7:
        value = base64Of(any.slice())
        break
    }
  }
  return value
}

import type { ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'

type ReadableSpan = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0][number]
type ReadableLogRecord = Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0][number]

const attributes = { 'service.name': 'agents-eu', 'host.name': 'node-1' }
const resource = { attributes, asyncAttributesPending: false, getRawAttributes: () => Object.entries(attributes), merge: () => resource } as unknown as ReadableSpan['resource']
const instrumentationScope = { name: 'test-scope', version: '1.2' }
const spanContext = (i: number) => ({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: (i + 1).toString(16).padStart(16, '0'), traceFlags: 1 })

/** Spans `from` … `from + count`, as an SDK hands them to its exporter. */
export function someSpans(from: number, count: number): ReadableSpan[] {
  return Array.from({ length: count }, (_, at) => from + at).map((i) => ({
    name: `number ${i}.`, kind: 0, resource, instrumentationScope, spanContext: () => spanContext(i),
    startTime: [1_767_225_600 + i, 123_456_789], endTime: [1_767_225_601 + i, 5], duration: [1, 0], ended: true,
    status: { code: 0 }, attributes: { 'session.id': `ses-${i}` }, events: [], links: [], droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0,
  })) as unknown as ReadableSpan[]
}

export function someLogs(from: number, count: number): ReadableLogRecord[] {
  return Array.from({ length: count }, (_, at) => from + at).map((i) => ({
    hrTime: [1_767_225_600 + i, 123_456_789], hrTimeObserved: [1_767_225_600 + i, 123_456_789], body: `number ${i}.`, resource, instrumentationScope,
    spanContext: spanContext(i), attributes: { 'session.id': `ses-${i}` }, severityNumber: 9, droppedAttributesCount: 0,
  })) as unknown as ReadableLogRecord[]
}

import type { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'

type ReadableSpan = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0][number]

/** Spans as an SDK hands them to its exporter: of one trace and one resource, each a second after the one before. */
export function someSpans(count: number): ReadableSpan[] {
  const attributes = { 'service.name': 'agents-eu', 'host.name': 'node-1' }
  const resource = { attributes, asyncAttributesPending: false, getRawAttributes: () => Object.entries(attributes), merge: () => resource } as unknown as ReadableSpan['resource']
  const instrumentationScope = { name: 'test-scope', version: '1.2' }
  return Array.from({ length: count }, (_, i) => ({
    name: `span ${i}`, kind: 2, resource, instrumentationScope,
    spanContext: () => ({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: (i + 1).toString(16).padStart(16, '0'), traceFlags: 1 }),
    startTime: [1_767_225_600 + i, 123_456_789], endTime: [1_767_225_601 + i, 5], duration: [1, 0], ended: true,
    status: { code: 2, message: 'timeout' },
    attributes: { 'gen_ai.tool.call.id': `call_${i}`, 'gen_ai.request.max_tokens': 2 ** 40, ratio: 1.5, done: true, tags: ['a', 'b'], digest: new Uint8Array([1, 2, 3, 4]) },
    events: [{ name: 'exception', time: [1_767_225_600 + i, 7], attributes: { 'exception.type': 'Timeout' } }],
    links: [{ context: { traceId: '1bf7651916cd43dd8448eb211c80319c', spanId: 'c7ad6b7169203331', traceFlags: 0 }, attributes: {} }],
    droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0,
  })) as unknown as ReadableSpan[]
}

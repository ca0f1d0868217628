import { z } from 'zod'
import { data } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { list, name, spanId, text, time, traceId } from '../text.ts'

export const spanEnded = defineEvent({
  type: 'span.ended',
  title: 'Span ended',
  doc: 'A span of a trace, whatever it is about: a node of the causal tree. Its time is when it began',
  leg: null,
  saidBy: 'mapping',
  schema: data({
    parent_span_id: spanId().describe('Left out for a span that says that it has none').optional(),
    name: name(),
    kind: z.enum(['internal', 'server', 'client', 'producer', 'consumer', 'unspecified']),
    end: time(),
    status: z.enum(['unset', 'ok', 'error']),
    message: text().describe('Of the status').optional(),
    service: name().describe('`service.name` of its resource').optional(),
    scope: name().describe('Name of the instrumentation scope').optional(),
    operation: name().describe('What kind of work it says it is: `chat`, `execute_tool`, `invoke_agent` …').optional(),
    links: list(z.object({ trace_id: traceId(), span_id: spanId() })).optional(),
  }),
  example: {
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
    parent_span_id: '00f067aa0ba902b7',
    name: 'chat gpt-5',
    kind: 'client',
    end: '2026-03-01T09:30:02.5Z',
    status: 'error',
    message: 'timeout',
    service: 'support-agent',
    scope: 'opentelemetry.instrumentation.openai_v2',
    operation: 'chat',
    links: [{ trace_id: '1bf7651916cd43dd8448eb211c80319c', span_id: 'c7ad6b7169203331' }],
  },
})

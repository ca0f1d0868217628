import { SpanStatusCode, trace, type Attributes, type Context, type Span } from '@opentelemetry/api'
import { clock } from './clock.ts'
import { quietly } from './quietly.ts'
import { version } from './version.ts'

/** A span whose methods never throw. */
export interface OpenSpan {
  /** The context in which the work of the span is done. */
  inside: Context
  isRecording: boolean
  set(attributes: Attributes): void
  event(name: string, attributes?: Attributes, timeMs?: number): void
  now(): number
  /** Only the type of the error: messages and stacks hold values. */
  failed(error: unknown): void
  end(): void
}

/**
 * @param attributes what a sampler may want to know
 * @param more only made where somebody records the span
 */
export function openSpan(name: string, from: Context, attributes: Attributes, more: () => Attributes = () => ({})): OpenSpan {
  const now = clock()
  const span: Span = quietly(() => trace.getTracer('@onbehalf/sdk', version).startSpan(name, { attributes, startTime: now() }, from)) ?? noSpan
  const isRecording = quietly(() => span.isRecording()) ?? false
  if (isRecording) quietly(() => span.setAttributes(more()))
  return {
    inside: quietly(() => trace.setSpan(from, span)) ?? from,
    isRecording,
    set: (attributes) => quietly(() => span.setAttributes(attributes)),
    event: (name, attributes = {}, timeMs = now()) => quietly(() => span.addEvent(name, attributes, timeMs)),
    now,
    failed: (error) => quietly(() => span.setAttribute('error.type', errorType(error)).setStatus({ code: SpanStatusCode.ERROR })),
    end: () => quietly(() => span.end(now())),
  }
}

/** A span that says one thing and is over. */
export function writeSpan(name: string, from: Context, attributes: () => Attributes): void {
  openSpan(name, from, {}, attributes).end()
}

/** One that nobody records. */
const noSpan = trace.wrapSpanContext({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 })

export function nameOfError(error: unknown): string | undefined {
  return quietly(() => (typeof error === 'object' && error !== null && 'name' in error && typeof error.name === 'string' ? error.name : undefined))
}

function errorType(error: unknown): string {
  return nameOfError(error) || '_OTHER'
}

import { SpanStatusCode, trace, type Attributes, type Span, type Tracer } from '@opentelemetry/api'
import { OnbehalfError } from './errors.ts'

/** Our own spans. They go nowhere until the operator's process registers an OpenTelemetry SDK. */
export const tracer: Tracer = trace.getTracer('onbehalf')

/** Runs `work` in a span; an error ends it with status ERROR and our code, and is thrown on. */
export async function withSpan<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span)
    } catch (error) {
      span.setAttribute('error.type', error instanceof OnbehalfError ? error.code : 'internal')
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}

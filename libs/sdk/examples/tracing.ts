import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AlwaysOnSampler, ConsoleSpanExporter, SimpleSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace'

/**
 * What a program does once, before anything else. To send spans to Onbehalf use the OTLP exporter in place of the console's,
 * with a batch processor; a program that has OpenTelemetry already has all of this.
 */
export function startTracing(exporter: SpanExporter = new ConsoleSpanExporter()): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  // Always: a caller's "not sampled" must not decide what is audited.
  trace.setGlobalTracerProvider(new TracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
}

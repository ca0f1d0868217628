import { context, diag, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, beforeEach } from 'vitest'

/** The official SDK for the tests of a file, and what it recorded. */
export function recordSpans(): { all(): ReadableSpan[]; named(name: string): ReadableSpan; text(): string } {
  const exporter = new InMemorySpanExporter()
  beforeAll(() => {
    stop()
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
  })
  beforeEach(() => exporter.reset())
  afterAll(stop)
  const all = () => exporter.getFinishedSpans()
  return {
    all,
    named: (name) => {
      const found = all().filter((span) => span.name === name)
      if (found.length !== 1) throw new Error(`${found.length} spans are called ${name}: ${all().map((span) => span.name).join(', ')}`)
      return found[0]!
    },
    /** Everything that leaves the program, as text. */
    text: () => JSON.stringify(all().map(({ name, attributes, events, status, links }) => ({ name, attributes, events, status, links }))),
  }
}

/** Test files of one worker share its globals. */
export function stop(): void {
  trace.disable()
  context.disable()
  propagation.disable()
  diag.disable()
}

import { read, sniffEncoding, splitOtlp, type OtlpEncoding, type OtlpSignal } from '@onbehalf/events'
import { sha256Hex } from '@onbehalf/store'
import type { ToldLog, ToldSpan } from './story.ts'

/** A message of a topic that a Collector's kafka exporter wrote. */
export interface Message {
  signal: OtlpSignal
  key: string | null
  value: Buffer
}

/** What is wrong with how the messages hold what was told: each record once as an entry, under the key of its trace. Empty: nothing. */
export function wrongIn(messages: Message[], told: { spans: ToldSpan[]; logs: ToldLog[] }, encoding: OtlpEncoding = 'proto'): string[] {
  const wrong: string[] = []
  const seen = new Map<string, number>([...told.spans.map(({ spanId }) => spanId), ...told.logs.map(({ body }) => body)].map((name) => [name, 0]))
  const count = (name: string) => seen.has(name) ? void seen.set(name, seen.get(name)! + 1) : void wrong.push(`${name} was never told`)
  for (const { signal, key, value } of messages) {
    if (sniffEncoding(value) !== encoding) wrong.push(`a message of ${signal} is not in ${encoding}`)
    for (const entry of entriesOf(value, signal)) {
      if (signal === 'traces') {
        const node = nodeOf(entry)
        count(node.spanId)
        const is = told.spans.find(({ spanId }) => spanId === node.spanId)
        if (is !== undefined && (node.traceId !== is.traceId || node.parentSpanId !== is.parentSpanId || node.name !== is.name)) wrong.push(`${node.spanId} says something else than was told`)
        if (key !== node.traceId) wrong.push(`${node.spanId} has the key ${key}`)
      } else {
        const log = told.logs.find(({ body }) => entry.includes(body))
        count(log?.body ?? 'a log record')
        if (log !== undefined && key !== log.traceId) wrong.push(`"${log.body}" has the key ${key}`)
      }
    }
  }
  for (const [name, times] of seen) if (times !== 1) wrong.push(`${name} is there ${times} times`)
  return wrong
}

/** As services/ingest cuts a message. */
export function entriesOf(value: Buffer, signal: OtlpSignal): Buffer[] {
  const cut = splitOtlp(value, signal, sniffEncoding(value), 100_000)
  if (!cut.ok) throw new Error(cut.rule)
  return cut.records.map((record) => Buffer.from(record))
}

/** As the projector reads a span. */
export function nodeOf(entry: Buffer): { traceId: string; spanId: string; parentSpanId: string | null; name: string } {
  const reading = read(`otlp-span-${sniffEncoding(entry)}`, entry, { tenant: 'default', producer: 'default', sha256: sha256Hex })
  if (!reading.ok) throw new Error(reading.rejection.message)
  for (const { type, data } of reading.statements) {
    if (type === 'span.ended') return { traceId: data.trace_id!, spanId: data.span_id!, parentSpanId: data.parent_span_id ?? null, name: data.name }
  }
  throw new Error('an entry is no span')
}

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Names are given without the prefix `onbehalf_` and end in their unit: `events_accepted_total`, `batch_seconds`. */
export interface Metrics {
  counter<L extends string = never>(name: string, help: string, labels?: readonly L[]): Counter<L>
  gauge<L extends string = never>(name: string, help: string, labels?: readonly L[], collect?: (gauge: Gauge<L>) => void | Promise<void>): Gauge<L>
  histogram<L extends string = never>(name: string, help: string, labels?: readonly L[], buckets?: number[]): Histogram<L>
  /** The text exposition format, and the content type it is served with. */
  render(): Promise<string>
  readonly contentType: string
}

/**
 * The metrics of one process. Declaring the same name twice gives the same metric, so that services that are composed
 * in one process share them.
 */
export function createMetrics({ processMetrics = false }: { processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry()
  if (processMetrics) collectDefaultMetrics({ register: registry, prefix: 'onbehalf_' })

  const declare = <M>(name: string, make: (full: string) => M): M => {
    const full = `onbehalf_${name}`
    return (registry.getSingleMetric(full) as M | undefined) ?? make(full)
  }
  return {
    counter: (name, help, labels = []) =>
      declare(name, (full) => new Counter({ name: full, help, labelNames: labels, registers: [registry] })),
    gauge: (name, help, labels = [], collect) =>
      declare(name, (full) => {
        const options = { name: full, help, labelNames: labels, registers: [registry] }
        if (collect === undefined) return new Gauge(options)
        return new Gauge({ ...options, collect() { return collect(this) } })
      }),
    histogram: (name, help, labels = [], buckets = durationBuckets) =>
      declare(name, (full) => new Histogram({ name: full, help, labelNames: labels, buckets, registers: [registry] })),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

/** Seconds, from half a millisecond to half a minute. */
const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

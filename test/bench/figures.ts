import { ratePerSecond, type ArmName, type ArmOutcome } from './arms/arm.ts'
import { median, ratios } from './statistics.ts'
import type { FigureId } from './settings.ts'

/** One line of the scoreboard, as latest.json has it. */
export interface Result {
  id: FigureId
  name: string
  unit: 'ratio' | 'ms' | 'us' | 'actions/s' | 'MiB'
  /** Median over the rounds; null: could not be measured. */
  value: number | null
  min: number | null
  max: number | null
  rounds: number
  /** Operator and number, such as `>= 1.0`; null: only reported. */
  target: string | null
  /** Null where there is no target. */
  met: boolean | null
  /** False: what was stored is not what was put in, or an arm failed; the figure is void. */
  valid: boolean
  note: string
}

interface Figure {
  id: FigureId
  name: string
  unit: Result['unit']
  target: string | null
  arms: ArmName[]
  values(outcomes: ArmOutcome[]): number[]
  /** Left out: how fast the arms were. */
  note?(outcomes: readonly ArmOutcome[]): string
}

/** The scoreboard of design/performance.md, as far as it can be measured now. */
const figures: Figure[] = [
  { id: 'B1', name: 'append / bare COPY', unit: 'ratio', target: '>= 1.0', arms: ['append', 'bare-copy'], values: rateRatio('append', 'bare-copy') },
  { id: 'B3', name: 'Kafka to journal + lineage / bare COPY', unit: 'ratio', target: '>= 0.60', arms: ['pipeline', 'bare-copy'], values: rateRatio('pipeline', 'bare-copy') },
  { id: 'B4', name: 'lineage rebuild / bare COPY', unit: 'ratio', target: '>= 1', arms: ['rebuild', 'bare-copy'], values: rateRatio('rebuild', 'bare-copy') },
  { id: 'B5', name: 'tamper evidence on / off', unit: 'ratio', target: '>= 0.95', arms: ['append', 'append-without-evidence'], values: rateRatio('append', 'append-without-evidence') },
  ofArm('pipeline', 'B7', 'journal disk / payload', 'ratio', '<= 0.25', 'journal_disk_per_payload', onDisk),
  ofArm('pipeline', 'B7', 'journal + lineage disk / payload', 'ratio', '<= 0.6', 'all_disk_per_payload', onDisk),
  ofArm('pipeline', 'B9', 'Kafka append to lineage, half load, p50', 'ms', null, 'loaded_p50_ms', openLoop),
  ofArm('pipeline', 'B9', 'Kafka append to lineage, half load, p99', 'ms', '< 250', 'loaded_p99_ms', openLoop),
  ofArm('pipeline', 'B9', 'Kafka append to lineage, idle, p50', 'ms', null, 'idle_p50_ms', openLoop),
  ofArm('pipeline', 'B9', 'Kafka append to lineage, idle, p99', 'ms', '< 50', 'idle_p99_ms', openLoop),
  ofArm('pipeline', 'B10', 'Kafka append to finding, half load, p50', 'ms', null, 'finding_loaded_p50_ms', openLoop),
  ofArm('pipeline', 'B10', 'Kafka append to finding, half load, p99', 'ms', '< 300', 'finding_loaded_p99_ms', openLoop),
  ofArm('pipeline', 'B10', 'Kafka append to finding, idle, p50', 'ms', null, 'finding_idle_p50_ms', openLoop),
  ofArm('pipeline', 'B10', 'Kafka append to finding, idle, p99', 'ms', null, 'finding_idle_p99_ms', openLoop),
  ofArm('derive', 'derive', 'one action, 12 facts, 3 hops, p50', 'us', null, 'derive_p50_us', inProcess),
  ofArm('derive', 'derive', 'one action, 12 facts, 3 hops, p99', 'us', null, 'derive_p99_us', inProcess),
  ofArm('derive', 'derive', 'p50 / p50 of JSON.parse of its 12 events', 'ratio', null, 'derive_per_parse', inProcess),
  ofArm('revocation', 'revocation', 'derived again behind a revoked root', 'actions/s', null, 'again_rate', behindRoot),
  ofArm('revocation', 'revocation', 'longest wait of a live batch meanwhile', 'ms', null, 'live_wait_max_ms', behindRoot),
  ofArm('history', 'history', 'CPU per event with much stored / with little', 'ratio', null, 'cost_ratio', grown),
  ofArm('pipeline', 'memory', 'projector, peak resident, pipeline', 'MiB', null, 'projector_peak_mib', peak),
  ofArm('rebuild', 'memory', 'projector, peak resident, rebuild', 'MiB', null, 'projector_peak_mib', peak),
  { id: 'otlp-http', name: 'OTLP/HTTP to journal / bare COPY', unit: 'ratio', target: null, arms: ['otlp-http', 'otlp-bare-copy'], values: rateRatio('otlp-http', 'otlp-bare-copy') },
  { id: 'otlp-http', name: 'OTLP/HTTP to journal / decoding alone', unit: 'ratio', target: null, arms: ['otlp-http', 'otlp-decode'], values: rateRatio('otlp-http', 'otlp-decode') },
  { id: 'otlp-http', name: 'slicing requests / decoding them', unit: 'ratio', target: '> 1', arms: ['otlp-slice', 'otlp-decode'], values: rateRatio('otlp-slice', 'otlp-decode') },
  ofArm('otlp-http', 'otlp-http', 'gateway, peak resident, one request of 64 MiB', 'MiB', null, 'gateway_peak_mib', largest),
  { id: 'otlp-kafka', name: 'Kafka otlp_proto to journal + lineage / bare COPY', unit: 'ratio', target: null, arms: ['otlp-kafka', 'otlp-bare-copy'], values: rateRatio('otlp-kafka', 'otlp-bare-copy') },
  { id: 'otlp-kafka', name: 'Kafka otlp_proto to journal + lineage / decoding alone', unit: 'ratio', target: null, arms: ['otlp-kafka', 'otlp-decode'], values: rateRatio('otlp-kafka', 'otlp-decode') },
]

export function armsFor(only: readonly FigureId[]): ArmName[] {
  return [...new Set(figures.filter(({ id }) => only.includes(id)).flatMap(({ arms }) => arms))]
}

/** @param failures why an arm did not get to its end, by arm */
export function resultsOf(only: readonly FigureId[], outcomes: readonly ArmOutcome[], failures: ReadonlyMap<ArmName, string>): Result[] {
  return figures.filter(({ id }) => only.includes(id)).map((figure) => {
    const of = outcomes.filter(({ arm }) => figure.arms.includes(arm))
    const values = figure.values([...of])
    const wrong = [...figure.arms.flatMap((arm) => failures.get(arm) ?? []), ...of.flatMap(({ problems }) => problems)]
    const valid = wrong.length === 0 && values.length > 0
    const value = values.length > 0 ? median(values) : null
    return {
      id: figure.id, name: figure.name, unit: figure.unit,
      value: rounded(value), min: values.length > 0 ? rounded(Math.min(...values)) : null, max: values.length > 0 ? rounded(Math.max(...values)) : null,
      rounds: values.length, target: figure.target,
      met: figure.target === null ? null : valid && value !== null && meets(value, figure.target),
      valid, note: wrong.length > 0 ? wrong.slice(0, 3).join('; ') : (figure.note ?? rates(figure.arms))(of),
    }
  })
}

export function meets(value: number, target: string): boolean {
  const [operator, bound] = target.split(' ') as [string, string]
  const limit = Number(bound)
  if (operator === '>=') return value >= limit
  if (operator === '<=') return value <= limit
  if (operator === '<') return value < limit
  if (operator === '>') return value > limit
  throw new RangeError(`a target is >=, <=, > or < and a number, not ${target}`)
}

function rateRatio(above: ArmName, below: ArmName): Figure['values'] {
  return (outcomes) => ratios(ratesOf(outcomes, above), ratesOf(outcomes, below))
}

/** What one arm measures itself. */
function ofArm(arm: ArmName, id: FigureId, name: string, unit: Result['unit'], target: string | null, number: string, note: NonNullable<Figure['note']>): Figure {
  return { id, name, unit, target, arms: [arm], note,
    values: (outcomes) => outcomes.filter((each) => each.arm === arm).flatMap((each) => each.numbers[number] ?? []) }
}

function ratesOf(outcomes: readonly ArmOutcome[], arm: ArmName): Map<number, number> {
  return new Map(outcomes.filter((each) => each.arm === arm).map((each) => [each.round, ratePerSecond(each)]))
}

/** The medians behind a ratio, so that it can be judged without the table. */
function rates(arms: readonly ArmName[]): NonNullable<Figure['note']> {
  return (outcomes) => arms.map((arm) => {
    const of = outcomes.filter((each) => each.arm === arm)
    return of.length === 0 ? `${arm}: not run` : `${arm}: ${Math.round(median(of.map(ratePerSecond)))}/s`
  }).join(', ')
}

function onDisk(): string {
  return 'after a checkpoint, with indexes and toast; the live pipeline, not a rebuild'
}

function openLoop(outcomes: readonly ArmOutcome[]): string {
  return noted(outcomes, (of) => `open loop of ${of('loaded_rate')} events/s, its producer's p99 delay ${of('producer_late_p99_ms')} ms`)
}

function inProcess(outcomes: readonly ArmOutcome[]): string {
  return noted(outcomes, (of) => `viewOf, derive and all rules, warm; JSON.parse of the 12 events: p50 ${of('parse_p50_us')} us, p99 ${of('parse_p99_us')} us`)
}

function behindRoot(outcomes: readonly ArmOutcome[]): string {
  return noted(outcomes, (of) => `${of('dependents')} actions, a finding for each; a live batch waited p50 ${of('live_wait_p50_ms')} ms, before it at most ${of('live_wait_calm_max_ms')} ms`)
}

function grown(outcomes: readonly ArmOutcome[]): string {
  return noted(outcomes, (of) => `${of('first_us')} us (Node ${of('first_node_us')}, PostgreSQL ${of('first_postgres_us')}) at ${of('first_stored')} stored, `
    + `${of('last_us')} us (Node ${of('last_node_us')}, PostgreSQL ${of('last_postgres_us')}) at ${of('last_stored')}`)
}

function peak(): string {
  return 'high-water mark of the process, its warm-up included'
}

function largest(outcomes: readonly ArmOutcome[]): string {
  return noted(outcomes, (of) => `gateway, embedded stream and ingest in one process; before it, under the load, ${of('gateway_peak_loaded_mib')} MiB`)
}

/** With the medians over the rounds put in; nothing where there are none. */
function noted(outcomes: readonly ArmOutcome[], text: (of: (number: string) => number) => string): string {
  if (outcomes.length === 0) return ''
  return text((number) => {
    const values = outcomes.flatMap(({ numbers }) => numbers[number] ?? [])
    return values.length === 0 ? NaN : Math.round(median(values) * 10) / 10
  })
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4))
}

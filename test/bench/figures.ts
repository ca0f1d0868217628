import { ratePerSecond, type ArmName, type ArmOutcome } from './arms/arm.ts'
import { median, ratios } from './statistics.ts'
import type { FigureId } from './settings.ts'

/** One line of the scoreboard, as latest.json has it. */
export interface Result {
  id: FigureId
  name: string
  unit: 'ratio' | 'ms'
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
}

/** The scoreboard of design/performance.md, as far as it can be measured now. */
const figures: Figure[] = [
  { id: 'B1', name: 'append / bare COPY', unit: 'ratio', target: '>= 1.0', arms: ['append', 'bare-copy'], values: rateRatio('append', 'bare-copy') },
  { id: 'B3', name: 'Kafka to journal + lineage / bare COPY', unit: 'ratio', target: '>= 0.60', arms: ['pipeline', 'bare-copy'], values: rateRatio('pipeline', 'bare-copy') },
  { id: 'B4', name: 'lineage rebuild / bare COPY', unit: 'ratio', target: '>= 1', arms: ['rebuild', 'bare-copy'], values: rateRatio('rebuild', 'bare-copy') },
  { id: 'B5', name: 'tamper evidence on / off', unit: 'ratio', target: '>= 0.95', arms: ['append', 'append-without-evidence'], values: rateRatio('append', 'append-without-evidence') },
  { id: 'B7', name: 'journal disk / payload', unit: 'ratio', target: '<= 0.25', arms: ['pipeline'], values: numbersOf('pipeline', 'journal_disk_per_payload') },
  { id: 'B7', name: 'journal + lineage disk / payload', unit: 'ratio', target: '<= 0.6', arms: ['pipeline'], values: numbersOf('pipeline', 'all_disk_per_payload') },
  { id: 'B9', name: 'Kafka append to lineage, half load, p50', unit: 'ms', target: null, arms: ['pipeline'], values: numbersOf('pipeline', 'loaded_p50_ms') },
  { id: 'B9', name: 'Kafka append to lineage, half load, p99', unit: 'ms', target: '< 250', arms: ['pipeline'], values: numbersOf('pipeline', 'loaded_p99_ms') },
  { id: 'B9', name: 'Kafka append to lineage, idle, p50', unit: 'ms', target: null, arms: ['pipeline'], values: numbersOf('pipeline', 'idle_p50_ms') },
  { id: 'B9', name: 'Kafka append to lineage, idle, p99', unit: 'ms', target: '< 50', arms: ['pipeline'], values: numbersOf('pipeline', 'idle_p99_ms') },
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
      valid, note: wrong.length > 0 ? wrong.slice(0, 3).join('; ') : noteOf(figure, of),
    }
  })
}

export function meets(value: number, target: string): boolean {
  const [operator, bound] = target.split(' ') as [string, string]
  const limit = Number(bound)
  if (operator === '>=') return value >= limit
  if (operator === '<=') return value <= limit
  if (operator === '<') return value < limit
  throw new RangeError(`a target is >=, <= or < and a number, not ${target}`)
}

function rateRatio(above: ArmName, below: ArmName): Figure['values'] {
  return (outcomes) => ratios(ratesOf(outcomes, above), ratesOf(outcomes, below))
}

function numbersOf(arm: ArmName, name: string): Figure['values'] {
  return (outcomes) => outcomes.filter((each) => each.arm === arm).flatMap((each) => each.numbers[name] ?? [])
}

function ratesOf(outcomes: readonly ArmOutcome[], arm: ArmName): Map<number, number> {
  return new Map(outcomes.filter((each) => each.arm === arm).map((each) => [each.round, ratePerSecond(each)]))
}

/** The medians behind a ratio, so that it can be judged without the table. */
function noteOf({ id, arms }: Figure, outcomes: readonly ArmOutcome[]): string {
  if (id === 'B7') return 'after a checkpoint, with indexes and toast; the live pipeline, not a rebuild'
  if (id === 'B9') {
    const rates = outcomes.flatMap(({ numbers }) => numbers['loaded_rate'] ?? [])
    const late = outcomes.flatMap(({ numbers }) => numbers['producer_late_p99_ms'] ?? [])
    return rates.length === 0 ? '' : `open loop of ${Math.round(median(rates))} events/s, its producer's p99 delay ${Math.round(median(late))} ms`
  }
  return arms.map((arm) => {
    const of = outcomes.filter((each) => each.arm === arm)
    return of.length === 0 ? `${arm}: not run` : `${arm}: ${Math.round(median(of.map(ratePerSecond)))}/s`
  }).join(', ')
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4))
}

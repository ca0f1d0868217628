import { parseArgs } from 'node:util'

export const figureIds = ['B1', 'B3', 'B4', 'B5', 'B7', 'B9'] as const
export type FigureId = (typeof figureIds)[number]

/** What a run may be told. All of it is in the results, so that a figure says how it was come by. */
export interface Settings {
  only: FigureId[]
  /** Measured per arm and round. */
  events: number
  /** Before them, through the same process, unmeasured: the compiler of Node and the caches are warm then. */
  warmup: number
  rounds: number
  /** Events per transaction of the arms that append; the pipeline takes what a fetch of Kafka brings (4 MiB). */
  batch: number
  /** Of the Kafka topic. */
  partitions: number
  /** Of the events. The real ingest knows the tenant `default` alone, so the pipeline wants 1. */
  tenants: number
  seed: number
  /** Single events of the idle half of B9, per round. */
  idle: number
  /** Events per second of the loaded half of B9; null: half of what the pipeline did in the same round. */
  rate: number | null
  /** Write a .cpuprofile per Node process and arm. */
  profile: boolean
  /** Print the results as JSON instead of a table. */
  json: boolean
}

export const usage = `node test/bench/main.ts [options]
  --only B1,B5      figures to measure (default: ${figureIds.join(',')})
  --events 200000   measured per arm and round
  --warmup 20000    unmeasured before them (default: a tenth of the events)
  --rounds 5
  --batch 5000      events per transaction of the arms that append
  --partitions 1    of the Kafka topic
  --tenants 1       of the events; B3 and B9 need 1
  --seed 1          of the events
  --idle 60         single events of the idle half of B9, per round
  --rate <n>        events/s of the loaded half of B9 (default: half of the pipeline's rate)
  --profile         a .cpuprofile per Node process and arm in test/bench/results
  --json            print the results as JSON`

/** Throws a sentence for people where an argument is wrong. */
export function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' }, events: { type: 'string' }, warmup: { type: 'string' }, rounds: { type: 'string' },
      batch: { type: 'string' }, partitions: { type: 'string' }, tenants: { type: 'string' }, seed: { type: 'string' },
      idle: { type: 'string' }, rate: { type: 'string' }, profile: { type: 'boolean' }, json: { type: 'boolean' },
    },
  })
  const events = count('--events', values.events, 200_000)
  const settings: Settings = {
    only: figuresOf(values.only),
    events,
    warmup: count('--warmup', values.warmup, Math.ceil(events / 10)),
    rounds: count('--rounds', values.rounds, 5),
    batch: count('--batch', values.batch, 5_000),
    partitions: count('--partitions', values.partitions, 1),
    tenants: count('--tenants', values.tenants, 1),
    seed: count('--seed', values.seed, 1),
    idle: count('--idle', values.idle, 60),
    rate: values.rate === undefined ? null : count('--rate', values.rate, 0),
    profile: values.profile ?? false,
    json: values.json ?? false,
  }
  if (settings.tenants > 1 && settings.only.some((id) => id === 'B3' || id === 'B9')) {
    throw new RangeError('B3 and B9 run the real ingest, which knows the tenant default alone: --tenants 1, or --only without them')
  }
  return settings
}

function figuresOf(text: string | undefined): FigureId[] {
  if (text === undefined) return [...figureIds]
  return text.split(',').map((name) => {
    const id = figureIds.find((each) => each === name.trim().toUpperCase())
    if (id === undefined) throw new RangeError(`--only ${name}: must be some of ${figureIds.join(',')}`)
    return id
  })
}

function count(option: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`${option} ${text}: must be a whole number from 1`)
  return value
}

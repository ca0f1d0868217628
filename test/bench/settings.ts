import { parseArgs } from 'node:util'

/** As design/performance.md numbers them; those by name are reported, and one of them has a target. */
export const figureIds = ['B1', 'B3', 'B4', 'B5', 'B7', 'B9', 'B10', 'derive', 'revocation', 'history', 'memory', 'otlp-http', 'otlp-kafka'] as const
export type FigureId = (typeof figureIds)[number]

/** What a run may be told. All of it is in the results, so that a figure says how it was come by. */
export interface Settings {
  only: FigureId[]
  /** Measured per arm and round; of telemetry as many spans. */
  events: number
  /** Before them, through the same process, unmeasured: the compiler of Node and the caches are warm then. */
  warmup: number
  rounds: number
  /** Events per transaction of the arms that append; the pipeline takes what a fetch of Kafka brings (4 MiB). */
  batch: number
  /** Of the Kafka topic; messages of spans are dealt out in turn. */
  partitions: number
  /** Of the events; telemetry is of `default`. The real ingest knows the tenant `default` alone, so the pipeline wants 1. */
  tenants: number
  seed: number
  /** Single events of the idle half of B9, per round. */
  idle: number
  /** Events per second of the loaded half of B9 and B10; null: half of what the pipeline did in the same round. */
  rate: number | null
  /** Findings of the loaded half of B10, per round; its idle half has `idle`. */
  violations: number
  /** Actions that are derived one by one, per round. */
  derives: number
  /** Actions behind the delegation that is revoked. */
  dependents: number
  /** Events stored when the cost of one is measured first. */
  history: number
  /** How many times as many there are at each further step. */
  growth: number
  steps: number
  /** Write a .cpuprofile per Node process and arm. */
  profile: boolean
  /** Print the results as JSON instead of a table. */
  json: boolean
  /** Leave test/bench/results as it is: for trying things out. */
  dry: boolean
}

export const usage = `node test/bench/main.ts [options]
  --only B1,B5      figures to measure (default: ${figureIds.join(',')})
  --events 200000   measured per arm and round; of telemetry as many spans
  --warmup 20000    unmeasured before them (default: a tenth of the events)
  --rounds 5
  --batch 5000      events per transaction of the arms that append
  --partitions 1    of the Kafka topic
  --tenants 1       of the events; what the pipeline measures needs 1
  --seed 1          of the events and spans
  --idle 60         single events, and single findings, of the idle halves of B9 and B10, per round
  --rate <n>        events/s of the loaded half of B9 and B10 (default: half of the pipeline's rate)
  --violations 200  findings of the loaded half of B10, per round
  --derives 5000    actions derived one by one, per round (derive)
  --dependents 50000  actions behind the delegation that is revoked (revocation)
  --history 100000  events stored at the first step (history)
  --growth 2        times as many at each further step; \`--growth 10 --steps 2\` goes to a million, and takes its time
  --steps 3
  --profile         a .cpuprofile per Node process and arm in test/bench/results
  --json            print the results as JSON
  --dry             write nothing into test/bench/results`

/** Throws a sentence for people where an argument is wrong. */
export function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' }, events: { type: 'string' }, warmup: { type: 'string' }, rounds: { type: 'string' },
      batch: { type: 'string' }, partitions: { type: 'string' }, tenants: { type: 'string' }, seed: { type: 'string' },
      idle: { type: 'string' }, rate: { type: 'string' }, violations: { type: 'string' }, derives: { type: 'string' },
      dependents: { type: 'string' }, history: { type: 'string' }, growth: { type: 'string' }, steps: { type: 'string' },
      profile: { type: 'boolean' }, json: { type: 'boolean' }, dry: { type: 'boolean' },
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
    violations: count('--violations', values.violations, 200),
    derives: count('--derives', values.derives, 5_000),
    dependents: count('--dependents', values.dependents, 50_000),
    history: count('--history', values.history, 100_000),
    growth: count('--growth', values.growth, 2),
    steps: count('--steps', values.steps, 3),
    profile: values.profile ?? false,
    json: values.json ?? false,
    dry: values.dry ?? false,
  }
  const piped = settings.only.filter((id) => ofPipeline.has(id))
  if (settings.tenants > 1 && piped.length > 0) {
    throw new RangeError(`${piped.join(', ')}: the real ingest is sent events of the tenant default alone: --tenants 1, or --only without them`)
  }
  return settings
}

const ofPipeline: ReadonlySet<FigureId> = new Set(['B3', 'B7', 'B9', 'B10', 'memory'])

function figuresOf(text: string | undefined): FigureId[] {
  if (text === undefined) return [...figureIds]
  return text.split(',').map((name) => {
    const id = figureIds.find((each) => each.toLowerCase() === name.trim().toLowerCase())
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

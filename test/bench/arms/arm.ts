import type { CpuUse } from '../cpu.ts'
import type { Settings } from '../settings.ts'

/** What can be measured; each is a file beside this one. */
export type ArmName = 'bare-copy' | 'append' | 'append-without-evidence' | 'rebuild' | 'pipeline' | 'derive' | 'revocation' | 'history'
  | 'otlp-bare-copy' | 'otlp-decode' | 'otlp-slice' | 'otlp-http' | 'otlp-kafka'

/** One arm in one round: what its process is told. */
export interface ArmJob {
  arm: ArmName
  round: number
  settings: Settings
  /** The file of the events. */
  input: string
  /** The file of the export requests, for the arms that take them. */
  telemetry: string
  postgres: { url: string; pid: number }
  kafka: { brokers: string[]; pid: number } | null
  /** Where .cpuprofile files go; null: no profiles. */
  profiles: string | null
  /** For logs of the services. */
  dir: string
}

/** What it answers. */
export interface ArmOutcome {
  arm: ArmName
  round: number
  /** Those within the measured time; of `revocation` the actions, of `derive` the facts, of telemetry the spans. */
  events: number
  cpu: CpuUse
  /** Why the figure is void; empty: it counts. */
  problems: string[]
  /** What only this arm measures, such as bytes on disk. */
  numbers: Record<string, number>
}

export type Arm = (job: ArmJob) => Promise<ArmOutcome>

export function ratePerSecond({ events, cpu }: Pick<ArmOutcome, 'events' | 'cpu'>): number {
  return events / cpu.seconds
}

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ArmOutcome } from './arms/arm.ts'
import type { Result } from './figures.ts'
import type { Machine } from './machine.ts'

/** test/bench/results/latest.json, the shape of design/performance.md. */
export interface Results {
  /** RFC 3339. */
  at: string
  commit: string
  machine: Machine
  settings: Record<string, unknown>
  input_sha256: string
  /** Of the export requests; null: no arm took any. */
  telemetry_sha256: string | null
  results: Result[]
}

export const resultsDir = join(import.meta.dirname, 'results')

/**
 * latest.json is committed; arms.json, every arm of every round, stays on this machine. A profiled run is slower than it
 * would be, so it leaves latest.json as it is.
 */
export function writeResults(results: Results, outcomes: readonly ArmOutcome[]): void {
  mkdirSync(resultsDir, { recursive: true })
  writeFileSync(join(resultsDir, results.settings['profile'] === true ? 'profiled.json' : 'latest.json'), `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(join(resultsDir, 'arms.json'), `${JSON.stringify(outcomes, null, 2)}\n`)
}

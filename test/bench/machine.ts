import { spawnSync } from 'node:child_process'
import os from 'node:os'
import type { Noise } from './noise.ts'

/** Where the figures were measured. Ratios compare over machines, nothing else does. */
export interface Machine {
  cpu: string
  cores: number
  memory_gib: number
  kernel: string
  node: string
  /** The same fixed work before and after the run: what differs is not ours. */
  noise: { before: Noise; after: Noise }
  /** Share of all cores that processes which are none of ours used while arms were measured, median and worst. */
  others: { median: number; max: number }
}

export function describeMachine(): Omit<Machine, 'noise' | 'others'> {
  const cpus = os.cpus()
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memory_gib: Math.round(os.totalmem() / 2 ** 30),
    kernel: `${os.type()} ${os.release()}`,
    node: process.version,
  }
}

/** The commit that was measured; `-dirty` where the work tree differs from it. */
export function describeCommit(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).stdout.trim()
  return `${git('rev-parse', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '-dirty'}`
}

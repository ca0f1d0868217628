import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'

export interface Noise {
  /** A fixed loop of integer arithmetic. */
  cpu_ms: number
  /** One write of 8 KiB with fdatasync, mean of a fixed number. */
  fsync_us: number
  /** Over the last minute. */
  load: number
}

/** Fixed work, timed. Compare before with after, and with other runs on the machine. */
export function measureNoise(dir: string): Noise {
  return { cpu_ms: round(cpuLoopMs()), fsync_us: Math.round(fsyncUs(dir)), load: round(os.loadavg()[0]!) }
}

function cpuLoopMs(): number {
  const startedAt = performance.now()
  let x = 1
  for (let i = 0; i < 200_000_000; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0
  // Used, so that the loop is not optimised away.
  if (x === 42) throw new Error('cannot be: the sequence is fixed')
  return performance.now() - startedAt
}

function fsyncUs(dir: string): number {
  const path = join(dir, 'fsync')
  const file = openSync(path, 'w')
  const page = Buffer.alloc(8192, 1)
  const times = 100
  const startedAt = performance.now()
  for (let i = 0; i < times; i++) {
    writeSync(file, page, 0, page.length, i * page.length)
    fdatasyncSync(file)
  }
  const us = ((performance.now() - startedAt) * 1000) / times
  closeSync(file)
  rmSync(path)
  return us
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

import { readFileSync } from 'node:fs'

/** The most that a process has had resident so far. proc(5), VmHWM; so Linux only, like everything that is read of CPU. */
export function peakResidentMib(pid: number): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!
  return Number(kib) / 1024
}

import { timeOf } from '../time.ts'

/**
 * The instant so many milliseconds before `time` (RFC 3339), to the millisecond: when something began whose end and
 * duration are given. `time` itself where either says nothing.
 */
export function earlier(time: string, durationMs: unknown): string {
  const instant = timeOf(time)
  const duration = typeof durationMs === 'string' || typeof durationMs === 'number' ? Number(durationMs) : NaN
  if (instant === null || !Number.isFinite(duration) || duration <= 0) return time
  const startMs = Math.floor(instant.timeMs - duration)
  return startMs >= yearZeroMs ? new Date(startMs).toISOString() : time
}

const yearZeroMs = -62_167_219_200_000

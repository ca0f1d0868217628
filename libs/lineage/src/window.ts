import { timeOf } from '@onbehalf/events'
import type { Hop } from './document.ts'

/** From when until when something may be done; milliseconds since 1970, infinite where nothing is said. */
export interface Window {
  fromMs: number
  untilMs: number
}

/** What a grant itself says; what it leaves out is inherited. */
export function windowOf({ not_before, expires_at }: Pick<Hop, 'not_before' | 'expires_at'>): Window {
  return {
    fromMs: not_before === null ? -Infinity : timeOf(not_before)!.timeMs,
    untilMs: expires_at === null ? Infinity : timeOf(expires_at)!.timeMs,
  }
}

/** The window that is left to a hop below all of these. */
export function windowUnder(hops: readonly Pick<Hop, 'not_before' | 'expires_at'>[]): Window {
  const windows = hops.map(windowOf)
  return {
    fromMs: Math.max(-Infinity, ...windows.map(({ fromMs }) => fromMs)),
    untilMs: Math.min(Infinity, ...windows.map(({ untilMs }) => untilMs)),
  }
}

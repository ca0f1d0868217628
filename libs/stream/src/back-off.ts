/** Bounds of the waits between attempts: from `minMs`, each twice the one before, to `maxMs`; spread by a fifth. */
export interface BackOffBounds {
  minMs: number
  maxMs: number
}

/** Spread, so that many consumers do not come back in the same instant. */
export function backOffMs(bounds: BackOffBounds, attempt: number): number {
  const wait = Math.min(bounds.maxMs, bounds.minMs * 2 ** Math.min(attempt, 20))
  return Math.round(wait * (0.8 + 0.4 * Math.random()))
}

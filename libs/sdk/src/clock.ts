/**
 * One clock for a span and its events, in milliseconds since 1970 with microseconds behind the point: it goes on evenly
 * where the wall clock is set back, so that what happened later never seems earlier.
 */
export function clock(): () => number {
  const [wallMs, sinceMs] = [Date.now(), performance.now()]
  return () => Math.round((wallMs + performance.now() - sinceMs) * 1_000) / 1_000
}

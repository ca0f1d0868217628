/** Milliseconds since 1970 as events write a time. */
export function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.?0*Z$/, 'Z')
}

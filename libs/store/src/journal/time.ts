/** Microseconds since 1970 as RFC 3339 in UTC, always with six fraction digits: as an entry's text has it. */
export function timeText(us: number): string {
  const ms = Math.floor(us / 1000)
  return `${new Date(ms).toISOString().slice(0, -1)}${String(us - ms * 1000).padStart(3, '0')}Z`
}

/** The inverse of `timeText`. A number holds microseconds exactly until the year 2255. */
export function timeUs(text: string): number {
  const ms = Date.parse(`${text.slice(0, 23)}Z`)
  const us = Number(text.slice(23, 26))
  if (Number.isNaN(ms) || Number.isNaN(us) || text.length !== 27) throw new TypeError(`not a time: ${text}`)
  return ms * 1000 + us
}

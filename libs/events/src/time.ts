/** An instant: `time` is RFC 3339 in UTC, `timeMs` milliseconds since 1970 with a fraction, for ordering. */
export interface Instant {
  time: string
  timeMs: number
}

/**
 * Reads an RFC 3339 date-time (section 5.6), or answers null.
 *
 * Strict: four-digit year, `T` and `Z` in either case, seconds, an offset. Any number of fraction digits up to 64
 * characters in all. The instant must lie in the years 0000 to 9999 of UTC.
 * Canonical: UTC with `Z`; the fraction has at most 9 digits (cut, not rounded), no trailing zeros.
 *
 * Leap seconds: `:60` is accepted where it can be one, at 23:59:60 UTC on the last day of a month. Whether there was
 * one is a table that changes, so none is consulted. It becomes the first second of the next day, as POSIX counts.
 */
export function timeOf(text: string): Instant | null {
  if (text.length < 20 || text.length > 64) return null
  if (text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return null
  if (text[10] !== 'T' && text[10] !== 't') return null
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)]
  const [hour, minute, second] = [digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)]
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return null
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return null
  const fractionEnd = text[19] === '.' ? digitsEnd(text, 20) : 19
  if (fractionEnd === 20) return null
  const offsetMinutes = offsetOf(text, fractionEnd)
  if (Number.isNaN(offsetMinutes)) return null
  const seconds = daysSince1970(year, month, day) * 86_400 + (hour * 60 + minute - offsetMinutes) * 60 + second
  if (seconds < secondsMin || seconds >= secondsEnd) return null
  if (second === 60 && !isMonthStart(seconds)) return null
  const fraction = fractionEnd > 20 ? trimZeros(text.slice(20, Math.min(29, fractionEnd))) : ''
  return {
    time: second !== 60 && offsetMinutes === 0 ? canonical(text, fraction) : format(seconds, fraction),
    timeMs: fraction === '' ? seconds * 1_000 : seconds * 1_000 + Number('0.' + fraction) * 1_000,
  }
}

/** The number written at `at` in exactly `length` digits, else NaN. */
function digits(text: string, at: number, length: number): number {
  let value = 0
  for (let i = at; i < at + length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (!(digit >= 0 && digit <= 9)) return NaN
    value = value * 10 + digit
  }
  return value
}

function digitsEnd(text: string, from: number): number {
  let end = from
  while (end < text.length && text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end++
  return end
}

/** Minutes east of UTC of the offset that must fill the rest of the text, else NaN. */
function offsetOf(text: string, at: number): number {
  const sign = text[at]
  if ((sign === 'Z' || sign === 'z') && text.length === at + 1) return 0
  if ((sign !== '+' && sign !== '-') || text.length !== at + 6 || text[at + 3] !== ':') return NaN
  const [hours, minutes] = [digits(text, at + 1, 2), digits(text, at + 4, 2)]
  if (!(hours <= 23 && minutes <= 59)) return NaN
  return (hours * 60 + minutes) * (sign === '-' ? -1 : 1)
}

const secondsMin = -62_167_219_200 // 0000-01-01T00:00:00Z
const secondsEnd = 253_402_300_800 // 10000-01-01T00:00:00Z

function canonical(text: string, fraction: string): string {
  return text.slice(0, 10) + 'T' + text.slice(11, 19) + (fraction === '' ? 'Z' : `.${fraction}Z`)
}

function format(seconds: number, fraction: string): string {
  const days = Math.floor(seconds / 86_400)
  const rest = seconds - days * 86_400
  const [year, month, day] = dateOf(days)
  const clock = [Math.floor(rest / 3_600), Math.floor(rest / 60) % 60, rest % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  return (
    `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${clock.map(two).join(':')}` +
    (fraction === '' ? 'Z' : `.${fraction}Z`)
  )
}

function trimZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end--
  return digits.slice(0, end)
}

function isMonthStart(seconds: number): boolean {
  return seconds % 86_400 === 0 && dateOf(seconds / 86_400)[2] === 1
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Proleptic Gregorian, by eras of 400 years that begin in March (Date maps the years 0 to 99 to 1900). */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

function dateOf(days: number): [year: number, month: number, day: number] {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted + (shifted < 10 ? 3 : -9)
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1]
}

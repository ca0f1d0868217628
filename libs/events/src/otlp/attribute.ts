import type { AttributeValue, OtlpRecord } from './record.ts'

/** Texts that libraries write where they have nothing to say. */
const placeholders = new Set(['', '<not specified>', 'unknown', 'undefined', 'null', 'none', 'n/a'])

/** Whether a text can be an id or a name: something is said, in one line, of bounded length. */
export function isUsable(text: string): boolean {
  return text.length <= 1_024 && !placeholders.has(text.trim().toLowerCase()) && !hasControls(text) && text.isWellFormed()
}

/** The text of an attribute of the record, where it is usable as an id or name. */
export function textAt(record: OtlpRecord, name: string): string | undefined {
  return usableText(record.attributes.get(name))
}

/** Text that is usable as an id or name; a number counts as its digits. */
export function usableText(value: AttributeValue | undefined): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && isUsable(value) ? value : undefined
}

/** `service.name`, where the program has been given one: what an SDK writes that was not told is the same for all (OpenTelemetry resource SDK). */
export function serviceOf({ resource }: OtlpRecord): string | undefined {
  const service = resource.get('service.name')
  return typeof service === 'string' && isUsable(service) && !service.startsWith('unknown_service') ? service : undefined
}

/** The value of an attribute that holds JSON as text, or is a structure; what is no JSON is the text itself. */
export function jsonAt(record: OtlpRecord, name: string): AttributeValue | undefined {
  return parsed(record.attributes.get(name))
}

export function parsed(value: AttributeValue | undefined): AttributeValue | undefined {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value) as AttributeValue
  } catch {
    return value
  }
}

/** A member of an object; undefined for what is none. */
export function member(value: AttributeValue | undefined, name: string): AttributeValue | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** The items of a list; none for what is no list. */
export function items(value: AttributeValue | undefined): readonly AttributeValue[] {
  return Array.isArray(value) ? value : []
}

/**
 * Arguments or a result, where they are given as they were: text that begins as JSON and is none has been cut, and words
 * that stand for what was left out are nothing. A digest of either would belong to nobody.
 */
export function whole(value: AttributeValue | undefined): AttributeValue | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value !== 'string') return value
  const text = value.trim()
  if (redactions.has(text.toLowerCase())) return undefined
  return /^[{[]/.test(text) && typeof parsed(text) === 'string' ? undefined : value
}

const redactions = new Set(['', '<redacted>', '[redacted]', '__redacted__', '***', 'undefined', 'null', 'none'])

function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f)) return true
  }
  return false
}

import { parseBinary } from './binary.ts'
import { eventBytesMax } from './envelope.ts'
import { fieldError } from './explain.ts'
import { flawError, flawOf } from './json.ts'
import { envelopeDocs, invalid, reject, type Rejected } from './rejection.ts'
import { decodeUtf8 } from './utf8.ts'

/** The event that the bytes hold, not yet checked against any schema. */
export type Parsed = { ok: true; event: Record<string, unknown> } | Rejected

/** Structured mode: the JSON of one event. */
export function structured(content: Uint8Array): Parsed {
  if (content.length > eventBytesMax) return tooLarge(content.length)
  const json = parseJson(content, [])
  if (!json.ok) return json
  return sound(json.value, json.escapes)
}

/** Headers become attributes, the value becomes `data`: the same event as in structured mode. */
export function binary(content: Uint8Array): Parsed {
  if (content.length > eventBytesMax) return tooLarge(content.length)
  const frame = parseBinary(content)
  if (!frame) return reject('unparsable', 'the framed headers are cut short or not UTF-8')
  const attributes = new Map<string, unknown>()
  for (const [name, bytes] of frame.headers) {
    const attribute = attributeOf(name)
    if (attribute === null) continue
    const value = decodeUtf8(bytes)
    const rule =
      value === null ? 'must be UTF-8'
      : attribute === 'data' ? 'must be the body, not a header'
      : attributes.has(attribute) ? 'must be given only once'
      : null
    if (rule !== null) return invalid([fieldError([attribute], rule, value ?? undefined, envelopeDocs)])
    attributes.set(attribute, value)
  }
  const json = parseJson(frame.value, ['data'])
  if (!json.ok) return json
  return sound(Object.fromEntries([...attributes, ['data', json.value]]), true)
}

function attributeOf(header: string): string | null {
  const name = header.toLowerCase()
  if (name === 'content-type') return 'datacontenttype'
  return name.startsWith('ce_') ? name.slice(3) : null
}

type Json = { ok: true; value: unknown; escapes: boolean } | Rejected

function parseJson(bytes: Uint8Array, path: string[]): Json {
  const text = decodeUtf8(bytes)
  const rule = text === null ? 'must be UTF-8' : 'must be JSON (RFC 8259)'
  try {
    if (text !== null) return { ok: true, value: JSON.parse(text), escapes: text.includes('\\u') }
  } catch {
    // What the engine says of the fault differs between engines and quotes the content: the rule is enough.
  }
  return reject('unparsable', `the ${path[0] ?? 'event'} ${rule}`, [fieldError(path, rule, undefined, envelopeDocs)])
}

/** An object without flaws, and without attributes that are null: they count as absent (JSON format, section 2.2). */
function sound(value: unknown, escapes: boolean): Parsed {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const rule = Array.isArray(value)
      ? 'must be one event, a JSON object; the events of a batch are entries of their own'
      : 'must be a JSON object'
    return invalid([fieldError([], rule, value, envelopeDocs)])
  }
  const flaw = flawOf(value, escapes)
  if (flaw) {
    const error = flawError(flaw, envelopeDocs)
    return reject(flaw.code, `${error.path || 'the event'} ${error.rule}`, [error])
  }
  const event = value as Record<string, unknown>
  for (const name in event) if (event[name] === null) delete event[name]
  return { ok: true, event }
}

function tooLarge(bytes: number): Rejected {
  const rule = `must be at most ${eventBytesMax} bytes (1 MiB)`
  return reject('too_large', `the event ${rule}, and has ${bytes}`, [fieldError([], rule, bytes, envelopeDocs)])
}

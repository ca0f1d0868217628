import { canonicalJson } from './canonical-json.ts'
import { isJsonContentType } from './envelope.ts'
import type { CloudEvent, Statement } from './statement.ts'
import { encodeUtf8 } from './utf8.ts'

/**
 * The digest of what a statement says: lower-case hex SHA-256 over the RFC 8785 form of the event's attributes and
 * data. Two statements of one identity and one digest are one fact; costly, so only made when identities meet.
 *
 * Left out: `traceparent` and `tracestate` (a retry may run in another span), and a `datacontenttype` that says JSON
 * (it may be left unsaid). Numbers and booleans in attributes are written as strings, as binary mode has them
 * (CloudEvents 1.0, type system), so that both modes of one event agree.
 *
 * @param sha256 gives 32 bytes as a latin-1 string
 */
export function digest(statement: Pick<Statement, 'event'>, sha256: (data: Uint8Array) => string): string {
  return hex(sha256(encodeUtf8(canonicalJson(saidBy(statement.event)))))
}

function saidBy(event: CloudEvent): object {
  const said: [string, unknown][] = []
  for (const [name, value] of Object.entries(event)) {
    if (name === 'traceparent' || name === 'tracestate') continue
    if (name === 'datacontenttype' && isJsonContentType(value)) continue
    said.push([name, typeof value === 'number' || typeof value === 'boolean' ? String(value) : value])
  }
  return Object.fromEntries(said)
}

function hex(latin1: string): string {
  let text = ''
  for (let i = 0; i < latin1.length; i++) text += latin1.charCodeAt(i).toString(16).padStart(2, '0')
  return text
}

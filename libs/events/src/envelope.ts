import { z } from 'zod'
import { anyObject, foreignId, id, line, matching, name, refined, text, time } from './text.ts'

/** The whole event: body, and headers in binary mode. */
export const eventBytesMax = 1_048_576

/** Objects and lists within each other. Leaves room for 64 actors in one `act` claim. */
export const jsonDepthMax = 128

/** The attributes of a CloudEvent (CloudEvents 1.0, JSON format). What is not named here is kept and ignored. */
export const envelope = z.object({
  specversion: z.literal('1.0'),
  id: id().describe('With tenant and source, the identity of the event'),
  source: refined(
    'must be a URI reference (RFC 3986) of 1 to 1024 characters, such as urn:gateway:eu-1 or /agents/refund-bot',
    (value) => value.length <= 1_024 && isUriReference(value),
    { format: 'uri-reference', minLength: 1, maxLength: 1_024 },
  ).describe('Who says it'),
  type: line(255).describe('`onbehalf.<aggregate>.<past participle>.v<N>`'),
  time: time().describe('When it happened, by the clock of the source'),
  subject: foreignId().describe('`action/<action_id>`, `delegation/<delegation_id>` and so on').optional(),
  datacontenttype: refined('must be application/json, or left out', isJsonContentType, {}).optional(),
  traceparent: matching(
    'must be a W3C traceparent, such as 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    /^(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[\x20-\x7e]*)?$/,
  )
    .describe('W3C Trace Context of the producing span')
    .optional(),
  tracestate: text().optional(),
  sequence: matching('must be a string of 1 to 64 digits, padded with zeros to one width', /^[0-9]{1,64}$/)
    .describe('Contiguous per source; compared as text, a hole is a finding')
    .optional(),
  tenantid: name().describe('Must be the tenant of the producer').optional(),
  dataschema: foreignId().optional(),
  data: anyObject().describe('What the type says'),
})

/** `application/json`, with a charset of UTF-8 if it names one. */
export function isJsonContentType(value: unknown): boolean {
  if (typeof value !== 'string') return false
  return /^application\/json[ \t]*(?:;[ \t]*charset[ \t]*=[ \t]*"?utf-8"?[ \t]*)?$/i.test(value)
}

/** The characters of RFC 3986, section 2, and whole percent escapes; never empty (CloudEvents 1.0, `source`). */
function isUriReference(value: string): boolean {
  if (!/^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/.test(value)) return false
  return !value.includes('%') || !/%(?![0-9A-Fa-f]{2})/.test(value)
}

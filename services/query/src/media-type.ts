import { OnbehalfError } from '@onbehalf/runtime'

export type Form = 'json' | 'ndjson'

/** What the client would rather have of what the endpoint has. @throws OnbehalfError `not_acceptable` */
export function formOf(accept: string | undefined, forms: readonly Form[] = ['json']): Form {
  if (accept === undefined || accept.trim() === '') return forms[0]!
  let best: { form: Form; weight: number } | null = null
  for (const form of forms) {
    const weight = weightOf(accept, mediaTypes[form])
    if (weight > (best?.weight ?? 0)) best = { form, weight }
  }
  if (best === null) {
    const accepted = forms.map((form) => mediaTypes[form])
    throw new OnbehalfError('not_acceptable', `This is answered as ${accepted.join(' or ')}.`, { details: { accepted } })
  }
  return best.form
}

export const mediaTypes: Record<Form, string> = { json: 'application/json', ndjson: 'application/x-ndjson' }

/** The weight of the most specific range that matches (RFC 9110 §12.5.1). */
function weightOf(accept: string, mediaType: string): number {
  let weight = 0
  let precision = -1
  for (const each of accept.split(',')) {
    const [range = '', ...parameters] = each.split(';').map((part) => part.trim().toLowerCase())
    const matched = range === mediaType ? 2 : range === 'application/*' ? 1 : range === '*/*' ? 0 : -1
    if (matched <= precision) continue
    precision = matched
    const given = parameters.find((parameter) => parameter.startsWith('q='))
    weight = given === undefined ? 1 : Number(given.slice(2)) || 0
  }
  return weight
}

/** RFC 9110 section 8.3.1, as far as we look: the type and its charset, in lower case; no type where it is none. */
export function mediaType(header: string): { type: string; charset: string | null } {
  const [type = '', ...parameters] = header.split(';')
  const charset = parameters.map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/i.exec(parameter)?.[1]).find((value) => value !== undefined)
  const token = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/
  const name = type.trim().toLowerCase()
  return { type: token.test(name) ? name : '', charset: charset?.toLowerCase() ?? null }
}

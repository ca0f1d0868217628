/** Far beyond any event (see `jsonDepthMax`), far below any stack. */
const depthMax = 512

/**
 * The RFC 8785 (JCS) form of a JSON value. Members that are undefined are left out, as JSON.stringify does.
 *
 * Throws a TypeError on what has no such form: NaN and infinities, lone surrogates, functions, symbols, bigints,
 * cycles.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0)
}

function write(value: unknown, depth: number): string {
  if (depth > depthMax) throw new TypeError(`canonical JSON: nested more than ${depthMax} deep`)
  switch (typeof value) {
    case 'string':
      return writeString(value)
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`canonical JSON: ${value} is not a JSON number`)
      return String(value === 0 ? 0 : value) // section 3.2.2.3: as ECMAScript writes numbers, minus zero as 0
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? writeArray(value, depth) : writeObject(value as Record<string, unknown>, depth)
    default:
      throw new TypeError(`canonical JSON: a ${typeof value} is not a JSON value`)
  }
}

/** Section 3.2.2.2: JSON.stringify escapes exactly what JCS escapes, but would hide a lone surrogate. */
function writeString(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('canonical JSON: a string has a lone surrogate')
  return JSON.stringify(value)
}

function writeArray(values: unknown[], depth: number): string {
  return `[${values.map((value) => write(value === undefined ? null : value, depth + 1)).join(',')}]`
}

function writeObject(object: Record<string, unknown>, depth: number): string {
  const members: string[] = []
  // Section 3.2.3: names in the order of their UTF-16 code units, which is how JavaScript compares strings.
  for (const name of Object.keys(object).sort()) {
    if (object[name] !== undefined) members.push(`${writeString(name)}:${write(object[name], depth + 1)}`)
  }
  return `{${members.join(',')}}`
}

/** Far beyond any arguments, far below any stack. */
const depthMax = 512
/** In characters: what is longer costs more than its digest is worth. */
const lengthMax = 1_048_576

/**
 * The RFC 8785 (JCS) form of what `JSON.stringify` would send, without the members that `isLeftOut` names.
 *
 * Throws a TypeError on what has no such form or would show nothing of itself in JSON (a Map, a stream, a Response): a
 * digest of `{}` would say something that is not true. Throws a RangeError beyond 1 MiB or 512 levels.
 */
export function canonicalJson(value: unknown, isLeftOut: (name: string) => boolean = () => false): string {
  let lengthLeft = lengthMax
  return write(value, 0)

  function write(value: unknown, depth: number): string {
    if (depth > depthMax) throw new RangeError(`canonical JSON: nested more than ${depthMax} deep`)
    switch (typeof value) {
      case 'string':
        return writeString(value)
      case 'number':
        if (!Number.isFinite(value)) throw new TypeError(`canonical JSON: ${value} is not a JSON number`)
        return counted(String(value === 0 ? 0 : value)) // section 3.2.2.3: as ECMAScript writes numbers, minus zero as 0
      case 'boolean':
        return counted(value ? 'true' : 'false')
      case 'object':
        if (value === null) return counted('null')
        if (hasToJson(value)) return write(value.toJSON(''), depth + 1)
        if (Array.isArray(value)) return `[${value.map((item) => write(item === undefined ? null : item, depth + 1)).join(counted(','))}]`
        return writeObject(value as Record<string, unknown>, depth)
      default:
        throw new TypeError(`canonical JSON: a ${typeof value} is not a JSON value`)
    }
  }

  function writeObject(object: Record<string, unknown>, depth: number): string {
    const names = Object.keys(object)
    if (!showsItself(object, names)) throw new TypeError('canonical JSON: an object that JSON says nothing of')
    const members: string[] = []
    // Section 3.2.3: names in the order of their UTF-16 code units, which is how JavaScript compares strings.
    for (const name of names.sort()) {
      const member = object[name]
      if (member !== undefined && !isLeftOut(name)) members.push(`${writeString(name)}:${write(member, depth + 1)}`)
    }
    return counted(`{${members.join(',')}}`, 2)
  }

  /** Section 3.2.2.2: JSON.stringify escapes exactly what JCS escapes, but would hide a lone surrogate. */
  function writeString(text: string): string {
    // Counted before it is escaped: this is where the length comes from.
    counted(text)
    if (!text.isWellFormed()) throw new TypeError('canonical JSON: a string has a lone surrogate')
    return JSON.stringify(text)
  }

  function counted(text: string, length = text.length + 1): string {
    lengthLeft -= length
    if (lengthLeft < 0) throw new RangeError(`canonical JSON: longer than ${lengthMax} characters`)
    return text
  }
}

function hasToJson(value: object): value is { toJSON(key: string): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

function showsItself(object: object, names: readonly string[]): boolean {
  if (Symbol.toStringTag in object) return false
  const prototype: unknown = Object.getPrototypeOf(object)
  return names.length > 0 || prototype === Object.prototype || prototype === null
}

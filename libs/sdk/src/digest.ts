import { canonicalJson } from './canonical-json.ts'
import { isSecretName } from './secret-name.ts'
import { sha256 } from './sha-256.ts'

/** What is said of arguments or a result instead of the values. */
export interface Digest {
  /** `sha-256:<64 lower-case hex digits>` of the RFC 8785 form. */
  digest: string
  /** Which members were left out first, at any depth: `without card, password`. Two digests compare only if these agree. */
  projection?: string
}

/**
 * Digests a JSON value. Members that are called like secrets are left out, and those named in `omit`. Text that holds JSON
 * counts as that JSON, so that a model's arguments agree whether they are still text or parsed.
 *
 * @returns undefined for what has no JSON form, or more than 1 MiB of it
 */
export function digestOf(value: unknown, { omit = [] }: { omit?: readonly string[] | undefined } = {}): Digest | undefined {
  const leftOut = new Set<string>()
  const isLeftOut = (name: string) => {
    if (!omit.includes(name) && !isSecretName(name)) return false
    leftOut.add(name)
    return true
  }
  try {
    const digest = `sha-256:${sha256(canonicalJson(parsed(value), isLeftOut))}`
    return leftOut.size === 0 ? { digest } : { digest, projection: projectionOf(leftOut) }
  } catch {
    return undefined
  }
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    return value
  }
}

/** At most 1,024 characters (a Name of the catalogue): too many names are said by their digest. */
function projectionOf(names: ReadonlySet<string>): string {
  const text = `without ${[...names].sort().join(', ')}`
  return text.length <= 1_024 && !/[\u0000-\u001f\u007f-\u009f]/.test(text) ? text : `without ${names.size} names: sha-256:${sha256(text)}`
}

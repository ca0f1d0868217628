import { principalKinds, type PrincipalInput, type PrincipalKind } from '../blocks.ts'
import { isUsable } from '../otlp/attribute.ts'
import { timeOf } from '../time.ts'

/** A JSON object of which nothing is known yet. */
export type Fields = Record<string, unknown>

/** What stands at a path of member names and list indexes; undefined where the path ends early. */
export function at(value: unknown, ...path: string[]): unknown {
  let here = value
  for (const name of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined
    here = (here as Fields)[name]
  }
  return here
}

/** What a JSON pointer (RFC 6901) stands for; the whole value for an empty one. */
export function pointed(value: unknown, pointer: string): unknown {
  if (pointer === '') return value
  if (!pointer.startsWith('/')) return undefined
  return at(value, ...pointer.slice(1).split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')))
}

/** A text that can be an id or a name, or a number as text. */
export function nameAt(value: unknown, ...path: string[]): string | undefined {
  return nameOf(at(value, ...path))
}

export function nameOf(found: unknown): string | undefined {
  if (typeof found === 'number' && Number.isFinite(found)) return String(found)
  return typeof found === 'string' && isUsable(found) ? found : undefined
}

/** An id that the catalogue lets be an id of ours: at most 255 characters. */
export function idAt(value: unknown, ...path: string[]): string | undefined {
  const found = nameAt(value, ...path)
  return found !== undefined && found.length <= 255 ? found : undefined
}

/** What somebody wrote, cut to what the catalogue takes as text (16 KiB of UTF-8). */
export function textOf(found: unknown): string | undefined {
  if (typeof found !== 'string' || found === '') return undefined
  const text = found.slice(0, 4_096).toWellFormed().replaceAll('\0', '')
  return text === '' ? undefined : text
}

/** A text as a name: one line without control characters. */
export function lineOf(found: unknown): string | undefined {
  if (typeof found !== 'string') return undefined
  // oxlint-disable-next-line no-control-regex
  const line = found.slice(0, 1_024).toWellFormed().replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
  return line === '' ? undefined : line
}

export function itemsAt(value: unknown, ...path: string[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** RFC 3339, as it came; undefined for what is no time. */
export function timeAt(value: unknown, ...path: string[]): string | undefined {
  const found = at(value, ...path)
  return typeof found === 'string' && timeOf(found) !== null ? found : undefined
}

/** Trace id and span id of the caller, from a W3C `traceparent`. */
export function traceparentOf(found: unknown): { trace_id?: string; span_id?: string } {
  const parts = typeof found === 'string' ? /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}/.exec(found) : null
  return parts ? { trace_id: parts[1]!, span_id: parts[2]! } : {}
}

/** A principal as documents of others write it: a bare id, or an object that has one. */
export function principalFrom(value: unknown, kind: PrincipalKind): PrincipalInput | undefined {
  const bare = nameOf(value)
  if (bare !== undefined) return { sub: bare, kind }
  const sub = firstOf(['sub', 'id', 'did', 'name'].map((name) => nameAt(value, name)))
  if (sub === undefined) return undefined
  const [iss, name, said] = [nameAt(value, 'iss'), nameAt(value, 'name'), kindOf(at(value, 'kind')) ?? kindOf(at(value, 'type'))]
  return { ...(iss !== undefined && { iss }), sub, kind: said ?? kind, ...(name !== undefined && name !== sub && { name }) }
}

/** The kinds of principals that others name by the same words. */
export function kindOf(found: unknown): PrincipalKind | undefined {
  return typeof found === 'string' ? kinds.get(found.toLowerCase()) : undefined
}

const kinds = new Map<string, PrincipalKind>([
  ...principalKinds.map((kind): [string, PrincipalKind] => [kind, kind]),
  ['human', 'user'], ['ai_agent', 'agent'], ['ai-agent', 'agent'],
])

export function firstOf<T>(values: readonly (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined)
}

/** Leaves out what is undefined, as `exactOptionalPropertyTypes` wants it. */
export function defined<T extends object>(fields: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [Name in keyof T]: Exclude<T[Name], undefined> }
}

/** An address, and nothing that only stands in its place (`AWS Internal`). */
export function ipOf(found: unknown): string | undefined {
  return typeof found === 'string' && /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/i.test(found) && found.length <= 45 ? found : undefined
}

/** A credential is named by the digest of its public id: whoever uses it can say the same. */
export function credentialIdOf(id: string, sha256: (text: string) => string): string {
  return `sha-256:${sha256(id)}`
}

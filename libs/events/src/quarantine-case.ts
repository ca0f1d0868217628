import { eventTypes } from './catalogue/index.ts'
import { envelope } from './envelope.ts'
import { refusedFields } from './foreign/mapper.ts'
import { recordFields } from './otlp/layout.ts'
import type { Rejection } from './statement.ts'

/**
 * What a rejection has in common with others of the same mistake: code, place and rule, without anything that the sender
 * chose. There are only so many of them, so a flood of bad entries is a few cases with a count.
 */
export function caseOf({ code, errors }: Rejection): string {
  const [first] = errors
  return first ? `${code} ${placeOf(first.path)}: ${first.rule}` : code
}

/** Places in lists and names that no schema has are left out; so is what is deeper than any schema. */
function placeOf(path: string): string {
  const parts = path.split('/').slice(1).map((part) => (names.has(part) ? part : '*'))
  return parts.slice(0, partsMax).map((part) => `/${part}`).join('') + (parts.length > partsMax ? '/…' : '')
}

const partsMax = 4

const names = new Set([
  ...recordFields,
  ...refusedFields,
  ...Object.keys(envelope.shape),
  ...Object.values(eventTypes).flatMap(({ schema }) => Object.keys((schema as { shape?: object }).shape ?? {})),
  // Of the blocks within data.
  'iss', 'sub', 'kind', 'name', 'id', 'version', 'digest', 'actions', 'resources', 'constraints', 'delegation_id', 'arguments_digest',
])

import { fieldError, type Path } from '../explain.ts'
import type { Told } from '../mapped/told.ts'
import { invalid, type Rejected } from '../rejection.ts'
import type { ReadContext } from '../statement.ts'
import type { Fields } from './pick.ts'

/** Reads one record of a foreign format. Pure; a record that says nothing of agents' actions tells nothing. */
export type Mapper = (record: Fields, context: ReadContext) => Mapped

/** `source` and `id` are the record's own identity: the same record again is the same fact. */
export type Mapped = { ok: true; source: string; id: string; told: Told[] } | Rejected

/** @param page of the documentation, under `/docs/sources/` */
export function refuse(page: string, path: Path, rule: string, value: unknown): Rejected {
  return invalid([fieldError(path, value === undefined ? `is required: ${rule}` : rule, value, `/docs/sources/${page}`)])
}

/** Names that refusals point at, beside those that the catalogue has: cases of the quarantine are told apart by them. */
export const refusedFields = [
  'timestamp', 'bundles', 'request', 'response', 'evaluations', 'decision', 'eventID', 'eventTime', 'insertId', 'protoPayload', '@type',
  'auditID', 'stage', 'stageTimestamp', 'agent_did',
]

export const rules = {
  id: 'must be a string of 1 to 255 characters without control characters',
  time: 'must be an RFC 3339 time with an offset, such as 2026-03-01T09:30:00.250Z',
  object: 'must be an object',
}

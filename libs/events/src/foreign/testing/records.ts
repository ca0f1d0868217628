import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EntryKind, Reading, Statement } from '../../index.ts'
import { read } from '../../index.ts'
import { context, json } from '../../testing/entries.ts'

export type Json = Record<string, unknown>

/** A record of `fixtures/`, with other values for some of its members; undefined leaves one out. */
export function fixture(name: string, changes: Json = {}): Json {
  return { ...(JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures', `${name}.json`), 'utf8')) as Json), ...changes }
}

export function readRecord(kind: EntryKind, record: unknown, more: object = {}): Reading {
  return read(kind, json(record), { ...context, ...more })
}

/** Everything that a record says. Throws if it is refused. */
export function toldBy(kind: EntryKind, record: unknown, more: object = {}): Statement[] {
  const reading = readRecord(kind, record, more)
  if (!reading.ok) throw new Error(`refused: ${JSON.stringify(reading.rejection)}`)
  return reading.statements
}

/** What a record says of one type, which it says once. */
export function dataOf(kind: EntryKind, record: unknown, type: Statement['type'], more: object = {}): Json {
  const said = toldBy(kind, record, more).filter((statement) => statement.type === type)
  if (said.length !== 1) throw new Error(`${said.length} statements of ${type}`)
  return said[0]!.data as Json
}

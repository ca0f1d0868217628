import { readFileSync } from 'node:fs'
import type { OtlpRecord } from '../record.ts'
import { log, span } from './records.ts'

/** `dialects/fixtures/<dialect>.json`: where its records are from, and each with what differs from the defaults of `records.ts`. */
interface FixtureFile {
  /** Published sources, each with its version. */
  from: string[]
  resource?: object
  scope?: string
  records: Record<string, { signal: 'span' | 'log' }>
}

/** The records of one dialect, as they come off the wire, by name. */
export function fixturesOf(dialect: string): Record<string, OtlpRecord> {
  const { resource, scope, records } = JSON.parse(readFileSync(new URL(`../dialects/fixtures/${dialect}.json`, import.meta.url), 'utf8')) as FixtureFile
  return Object.fromEntries(
    Object.entries(records).map(([name, { signal, ...rest }]) => {
      const plain = { ...(resource && { resource }), ...(scope !== undefined && { scope }), ...rest } as object
      return [name, signal === 'span' ? span(plain) : log(plain)]
    }),
  )
}

import { createHash } from 'node:crypto'
import { frameBinary, read, type EntryKind, type Reading, type Rejection, type Statement } from '../index.ts'

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')
export const context = { tenant: 'default', producer: 'default', sha256: sha256Hex }

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
export const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value))
export const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest().toString('latin1')

/** Reads as Onbehalf's own, which may say every type. */
export function readJson(event: unknown, kind: EntryKind = 'own'): Reading {
  return read(kind, json(event), context)
}

export function statementOf(reading: Reading): Statement {
  if (!reading.ok) throw new Error(`rejected: ${JSON.stringify(reading.rejection)}`)
  if (reading.statements.length !== 1) throw new Error(`${reading.statements.length} statements`)
  return reading.statements[0]!
}

export function rejectionOf(reading: Reading): Rejection {
  if (reading.ok) throw new Error('read, although it should be rejected')
  return reading.rejection
}

/** The Kafka binary mode of a structured event whose attributes are all strings. */
export function binaryOf(event: Record<string, unknown>): Uint8Array {
  const { data, datacontenttype, ...attributes } = event
  return frameBinary(
    [
      ...Object.entries(attributes).map(([name, value]): [string, Uint8Array] => [`ce_${name}`, utf8(String(value))]),
      ['content-type', utf8(String(datacontenttype ?? 'application/json'))],
    ],
    json(data),
  )
}

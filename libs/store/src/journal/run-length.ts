import { StoreError } from '../store-error.ts'

/**
 * What entries of a segment have in common, written once per run: `cloudevent*255,tombstone*1`. People read it in psql,
 * and almost always it is one run.
 */
export function encodeRuns(values: readonly string[]): string {
  let text = ''
  for (let at = 0; at < values.length;) {
    const from = at
    const value = values[from]!
    while (at < values.length && values[at] === value) at++
    text += `${from === 0 ? '' : ','}${value}*${at - from}`
  }
  return text
}

/** One value per entry. Throws `journal_damaged` unless there are `count`. */
export function decodeRuns(text: string, count: number): string[] {
  const values: string[] = []
  for (const run of text.split(',')) {
    const star = run.lastIndexOf('*')
    const length = Number(run.slice(star + 1))
    if (star < 1 || !Number.isInteger(length) || length < 1 || values.length + length > count) throw damaged(text, count)
    for (let i = 0; i < length; i++) values.push(run.slice(0, star))
  }
  if (values.length !== count) throw damaged(text, count)
  return values
}

/**
 * Offsets in the source, which never decrease: `17+256` is 256 records in a row from 17, `17=40` is 40 entries of record
 * 17. A later run starts relative to the one before: `17+3,5,2=4` is 17 18 19, then 24, then four of 26; a run of one
 * is its start alone. '' where there is no source.
 */
export function encodeOffsets(offsets: readonly bigint[]): string {
  let text = ''
  let before = 0n
  for (let at = 0; at < offsets.length;) {
    const from = at
    const start = offsets[from]!
    const same = offsets[from + 1] === start
    const step = same ? 0n : 1n
    at++
    while (at < offsets.length && offsets[at] === offsets[at - 1]! + step) at++
    text += `${from === 0 ? '' : ','}${start - before}`
    if (at - from > 1) text += `${same ? '=' : '+'}${at - from}`
    before = offsets[at - 1]!
  }
  return text
}

/** One offset per entry, or none for ''. Throws `journal_damaged` for another number than `count`. */
export function decodeOffsets(text: string, count: number): bigint[] {
  if (text === '') return []
  const offsets: bigint[] = []
  let at = 0n
  for (const run of text.split(',')) {
    const found = /^(\d+)(?:([+=])(\d+))?$/.exec(run)
    if (found === null) throw damaged(text, count)
    const length = Number(found[3] ?? 1)
    if (length < 1 || offsets.length + length > count) throw damaged(text, count)
    at += BigInt(found[1]!)
    for (let i = 0; i < length; i++) {
      if (i > 0 && found[2] === '+') at++
      offsets.push(at)
    }
  }
  if (offsets.length !== count) throw damaged(text, count)
  return offsets
}

function damaged(text: string, count: number): StoreError {
  return new StoreError('journal_damaged', `"${text.slice(0, 80)}" does not say something of ${count} entries`)
}

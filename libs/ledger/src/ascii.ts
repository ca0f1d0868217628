import { LedgerError } from './ledger-error.ts'

/** Writes an ASCII text into `to` from `at`; `entry_malformed` for any other character. */
export function writeAscii(text: string, to: Uint8Array, at: number): void {
  let seen = 0
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    seen |= code
    to[at + i] = code
  }
  if (seen > 0x7f) throw new LedgerError('entry_malformed', 'an entry text is ASCII, and this one is not')
}

/** The bytes `[from, to)` as text, or `undefined` where they are not ASCII. */
export function readAscii(bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = ''
  for (let at = from; at < to; at += 1) {
    const code = bytes[at]!
    if (code > 0x7f) return undefined
    text += String.fromCharCode(code)
  }
  return text
}

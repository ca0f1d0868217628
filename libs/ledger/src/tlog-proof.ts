import { decodeBase64, encodeBase64 } from './base64.ts'
import { hashFromBase64, hashToBase64, isHash } from './hash.ts'
import type { Hash } from './hash.ts'
import { LedgerError } from './ledger-error.ts'
import { isSize } from './size.ts'

/** What a `.tlog-proof` file holds. The checkpoint is kept as it is, signatures included, and is not looked into. */
export interface TlogProof {
  index: number
  hashes: readonly Hash[] // inclusion proof, leaf's sibling first
  checkpoint: string // the signed note, verbatim, ended by a newline
  extra?: Uint8Array | undefined // opaque and NOT authenticated by anything
}

/**
 * The C2SP tlog-proof text: header, `extra` if any, `index`, one base64 hash a line, an empty line, the checkpoint.
 * Throws `proof_malformed` for what a reader would have to refuse.
 */
export function tlogProof({ index, hashes, checkpoint, extra }: TlogProof): string {
  if (!isSize(index)) throw malformed(`${index} is not an index`)
  if (hashes.length > hashesMax) throw malformed(`a proof has at most ${hashesMax} hashes, not ${hashes.length}`)
  if (!hashes.every(isHash)) throw malformed('a hash of the proof is not 32 bytes')
  assertCheckpoint(checkpoint)
  const extraLine = extra === undefined || extra.length === 0 ? [] : [`extra ${encodeBase64(extra)}`]
  return [header, ...extraLine, `index ${index}`, ...hashes.map(hashToBase64), '', checkpoint].join('\n')
}

/** The strict inverse. Throws `proof_malformed`, saying which line is wrong. It verifies nothing. */
export function parseTlogProof(text: string): TlogProof {
  const end = text.indexOf('\n\n')
  if (!text.startsWith(`${header}\n`)) throw malformed(`the first line is not ${header}`, 1)
  if (end < 0) throw malformed('there is no empty line between the proof and its checkpoint')
  const lines = text.slice(0, end).split('\n')
  let at = 1
  let extra: Uint8Array | undefined
  if (lines[at]?.startsWith(extraPrefix)) {
    extra = decodeBase64(lines[at]!.slice(extraPrefix.length))
    if (extra === undefined) throw malformed('the extra data is not base64', at + 1)
    at += 1
  }
  const digits = /^index (0|[1-9]\d{0,15})$/.exec(lines[at] ?? '')?.[1]
  if (digits === undefined || !isSize(Number(digits))) {
    throw malformed('expected "index" and a decimal number up to 2^53 - 1', at + 1)
  }
  const hashLines = lines.slice(at + 1)
  if (hashLines.length > hashesMax) throw malformed(`a proof has at most ${hashesMax} hashes, not ${hashLines.length}`)
  const hashes = hashLines.map((line, n) => readHash(line, at + 2 + n))
  const checkpoint = text.slice(end + 2)
  assertCheckpoint(checkpoint)
  return { index: Number(digits), hashes, checkpoint, ...(extra === undefined ? {} : { extra }) }
}

const header = 'c2sp.org/tlog-proof@v1'
const extraPrefix = 'extra '
// The longest path in a tree whose size fits 63 bits; C2SP tlog-witness has the same limit.
const hashesMax = 63

function readHash(line: string, lineNumber: number): Hash {
  try {
    return hashFromBase64(line)
  } catch {
    throw malformed('expected the base64 of a 32-byte hash', lineNumber)
  }
}

function assertCheckpoint(checkpoint: string): void {
  if (checkpoint.length < 2 || !checkpoint.endsWith('\n') || checkpoint.startsWith('\n')) {
    throw malformed('the checkpoint is empty or not ended by a newline')
  }
}

function malformed(message: string, line?: number): LedgerError {
  if (line === undefined) return new LedgerError('proof_malformed', message)
  return new LedgerError('proof_malformed', `line ${line}: ${message}`, { line })
}

import type { Hash } from '@onbehalf/ledger'
import { sha256 } from '../sha256.ts'

/**
 * Leaf hashes of entry texts. A text differs from the one before mostly in its commitment alone, so the rest is kept
 * as bytes: 0x00, then the six lines (libs/ledger entry-text.ts, which a test compares with this).
 */
export class LeafText {
  readonly #tenant: string
  readonly #time: string
  #kind = ''
  #producer = ''
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0

  constructor(tenant: string, time: string) {
    this.#tenant = tenant
    this.#time = time
  }

  /** @param commitment standard base64, padded */
  hash(kind: string, producer: string, commitment: string): Hash {
    if (kind !== this.#kind || producer !== this.#producer) {
      this.#kind = kind
      this.#producer = producer
      const before = `\0onbehalf.entry/v1\n${this.#tenant}\n${kind}\n${this.#time}\n${producer}\n`
      this.#at = before.length
      this.#bytes = Buffer.from(`${before}${commitment}\n`, 'latin1')
    } else {
      this.#bytes.write(commitment, this.#at, 'latin1')
    }
    return sha256(this.#bytes)
  }
}

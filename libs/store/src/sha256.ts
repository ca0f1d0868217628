import crypto from 'node:crypto'
import type { Hash, Sha256 } from '@onbehalf/ledger'

/** SHA-256 as libs/ledger takes it. Strings, because Node gives them at twice the rate of Buffers. */
export const sha256: Sha256 = (data) => hashTo('sha256', data, 'latin1') as Hash

/** Standard base64, padded. */
export function sha256Base64(data: Uint8Array): string {
  return hashTo('sha256', data, 'base64')
}

// Node's types leave 'latin1' out.
const hashTo = crypto.hash as unknown as (algorithm: string, data: Uint8Array, encoding: 'latin1' | 'base64') => string

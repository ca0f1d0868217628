import type { Readable, Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { OnbehalfError } from '@onbehalf/runtime'

/** Counts the bytes of all bodies in hand. */
export class InFlight {
  readonly #bytesMax: number
  bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** A share that grows with a body and is given back at once. */
  open(): Lease {
    let held = 0
    return {
      grow: (bytes) => {
        if (this.bytes + bytes > this.#bytesMax) {
          throw new OnbehalfError('overloaded', 'More is in hand than the server takes at a time.', { retryAfterS: 1 })
        }
        this.bytes += bytes
        held += bytes
      },
      release: () => {
        this.bytes -= held
        held = 0
      },
    }
  }
}

export interface Lease {
  /** @throws OnbehalfError `overloaded` */
  grow(bytes: number): void
  release(): void
}

export interface BodyOptions {
  /** The header content-encoding. */
  encoding: string | undefined
  /** After the encoding is undone: a small body may unpack to a very large one. */
  bytesMax: number
  lease: Lease
}

const acceptedEncodings = ['gzip', 'zstd', 'identity'] as const

/**
 * The whole body, unpacked. When it is refused, the rest of the stream is let through unread, so that the client gets to
 * see the answer.
 * @throws OnbehalfError `unsupported_encoding`, `request_too_large`, `overloaded`, `unparsable`, `bad_request`
 */
export async function readBody(stream: Readable, { encoding, bytesMax, lease }: BodyOptions): Promise<Buffer> {
  const unpack = unpacker(encoding)
  const source = unpack === null ? stream : stream.pipe(unpack)
  let broken = false
  const cut = (error?: Error) => {
    broken = true
    // A pipe does not hand on that its source has died: what waits for the rest would wait for ever.
    unpack?.destroy(error ?? new Error('aborted'))
  }
  stream.once('error', cut).once('aborted', cut)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > bytesMax) {
        throw new OnbehalfError('request_too_large', `The body has more than ${bytesMax} bytes${unpack === null ? '' : ' when unpacked'}.`, { details: { bytes_max: bytesMax } })
      }
      lease.grow(chunk.length)
      chunks.push(chunk)
    }
  } catch (error) {
    if (unpack !== null) stream.unpipe(unpack)
    unpack?.destroy()
    stream.resume()
    if (error instanceof OnbehalfError) throw error
    if (unpack !== null && !broken) {
      throw new OnbehalfError('unparsable', `The body is not ${encoding}, though content-encoding says so.`, { cause: error })
    }
    throw new OnbehalfError('bad_request', 'The body ended early.', { cause: error })
  }
  stream.off('error', cut).off('aborted', cut)
  return Buffer.concat(chunks, bytes)
}

function unpacker(encoding: string | undefined): Transform | null {
  switch (encoding?.trim().toLowerCase()) {
    case undefined:
    case '':
    case 'identity':
      return null
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'zstd':
      return createZstdDecompress()
    default:
      throw new OnbehalfError('unsupported_encoding', 'The content encoding of the body is not accepted.', { details: { accepted: acceptedEncodings } })
  }
}

import type { IncomingMessage } from 'node:http'
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
    let closed = false
    return {
      grow: (bytes) => {
        if (closed) throw new OnbehalfError('bad_request', 'The client has gone away.')
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
      close() {
        closed = true
        this.release()
      },
    }
  }
}

export interface Lease {
  /** @throws OnbehalfError `overloaded` */
  grow(bytes: number): void
  release(): void
  /** Gives it back for good: what comes to ask for more later, gets nothing that nobody would give back. */
  close(): void
}

export interface BodyOptions {
  /** The header content-encoding. */
  encoding: string | undefined
  /** After the encoding is undone: a small body may unpack to a very large one. */
  bytesMax: number
  /** Until all of it has arrived. */
  timeMsMax: number
  lease: Lease
}

const acceptedEncodings = ['gzip', 'zstd', 'identity'] as const

/**
 * The whole body, unpacked. When it is refused, the rest of the stream is let through unread, so that the client gets to
 * see the answer.
 * @throws OnbehalfError `unsupported_encoding`, `request_too_large`, `overloaded`, `unparsable`, `bad_request`, `request_timeout`
 */
export async function readBody(stream: Readable, { encoding, bytesMax, timeMsMax, lease }: BodyOptions): Promise<Buffer> {
  const whole = new Pieces(encoding === undefined ? Number((stream as Partial<IncomingMessage>).headers?.['content-length'] ?? 0) : 0, bytesMax)
  const deadline = performance.now() + timeMsMax
  let bytes = 0
  for await (const chunk of unpacked(stream, { encoding, waitMsMax: () => deadline - performance.now() })) {
    bytes += chunk.length
    if (bytes > bytesMax) {
      throw new OnbehalfError('request_too_large', `The body has more than ${bytesMax} bytes${encoding === undefined ? '' : ' when unpacked'}.`, { details: { bytes_max: bytesMax } })
    }
    lease.grow(chunk.length)
    whole.add(chunk)
  }
  return whole.joined()
}

/** Puts a body together: where its length is told, into its place at once, so that there is never a second copy of it. */
class Pieces {
  readonly #place: Buffer | null
  readonly #others: Buffer[] = []
  #bytes = 0

  constructor(lengthTold: number, bytesMax: number) {
    // Memory that is not written to is not taken yet: who only tells a length gets nothing by it.
    this.#place = lengthTold > 0 && lengthTold <= bytesMax ? Buffer.allocUnsafeSlow(lengthTold) : null
  }

  add(piece: Buffer): void {
    if (this.#place === null) this.#others.push(piece)
    else piece.copy(this.#place, this.#bytes)
    this.#bytes += piece.length
  }

  joined(): Buffer {
    return this.#place === null ? Buffer.concat(this.#others, this.#bytes) : this.#place.subarray(0, this.#bytes)
  }
}

/**
 * A body as it comes, unpacked. Whoever stops reading lets the rest of the stream through unread.
 * @param waitMsMax how long the next piece may be waited for, asked each time
 * @throws OnbehalfError `unsupported_encoding`, `unparsable`, `bad_request`, `request_timeout`
 */
export async function* unpacked(stream: Readable, { encoding, waitMsMax }: { encoding: string | undefined; waitMsMax: () => number }): AsyncGenerator<Buffer> {
  const unpack = unpacker(encoding)
  const source = unpack === null ? stream : stream.pipe(unpack)
  let broken = false
  const cut = (error?: Error) => {
    broken = true
    // A pipe does not hand on that its source has died: what waits for the rest would wait for ever.
    unpack?.destroy(error ?? new Error('aborted'))
  }
  stream.once('error', cut).once('aborted', cut)
  const pieces = source.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  try {
    for (;;) {
      const { done, value } = await inTime(pieces.next(), waitMsMax())
      if (done) return
      yield value
    }
  } catch (error) {
    if (error instanceof OnbehalfError) throw error
    if (unpack !== null && !broken) {
      throw new OnbehalfError('unparsable', `The body is not ${encoding}, though content-encoding says so.`, { cause: error })
    }
    throw new OnbehalfError('bad_request', 'The body ended early.', { cause: error })
  } finally {
    stream.off('error', cut).off('aborted', cut)
    // An error that comes now is nobody's any more.
    stream.on('error', () => undefined)
    if (unpack !== null) stream.unpipe(unpack)
    unpack?.destroy()
    // Only without its reader does a stream flow again, and the reader may still be waiting for a piece.
    const letThrough = () => void stream.resume()
    pieces.return?.().then(letThrough, letThrough)
    stream.resume()
  }
}

async function inTime<T>(work: Promise<T>, msMax: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new OnbehalfError('request_timeout', 'The body did not arrive in time.')), Math.max(0, msMax))
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** @throws OnbehalfError `unsupported_encoding` */
export function requireEncoding(encoding: string | undefined): void {
  unpackerOf(encoding)
}

const unpacker = (encoding: string | undefined): Transform | null => unpackerOf(encoding)()

function unpackerOf(encoding: string | undefined): () => Transform | null {
  const make = unpackers[encoding?.trim().toLowerCase() ?? '']
  if (make === undefined) throw new OnbehalfError('unsupported_encoding', 'The content encoding of the body is not accepted.', { details: { accepted: acceptedEncodings } })
  return make
}

const unpackers: Record<string, () => Transform | null> = {
  '': () => null,
  identity: () => null,
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  zstd: () => createZstdDecompress(),
}

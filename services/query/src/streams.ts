import { Readable } from 'node:stream'
import { OnbehalfError } from '@onbehalf/runtime'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { mediaTypes } from './media-type.ts'
import type { Asked, Reader, Reading } from './reading.ts'

export interface Streams {
  /**
   * Answers with lines that are read from one snapshot while they are sent. What `linesOf` does before it answers may still
   * fail as any other request.
   * @throws OnbehalfError `rate_limited` where as many are being streamed as may be
   */
  send(request: FastifyRequest, reply: FastifyReply, asked: Asked, linesOf: (reading: Reading) => Promise<AsyncIterable<string>>): Promise<FastifyReply>
}

/** @param max answers that are being streamed at once: each holds a connection and a snapshot */
export function createStreams(reader: Reader, max: number): Streams {
  let open = 0
  return {
    async send(request, reply, asked, linesOf) {
      if (open >= max) throw new OnbehalfError('rate_limited', `${max} answers are being streamed already.`, { retryAfterS: 5 })
      open++
      let reading: Reading | undefined
      const end = (error?: unknown) => {
        open--
        reading?.snapshot.close(error)
      }
      try {
        reading = await reader.open(request, asked)
        const lines = Readable.from(await linesOf(reading), { objectMode: false, highWaterMark: 1 << 16 })
        // Ended, failed or left by the client: all three close it, once.
        lines.once('close', () => end(lines.errored ?? undefined))
        return reply.type(mediaTypes.ndjson).send(lines)
      } catch (error) {
        end(error)
        throw error
      }
    },
  }
}

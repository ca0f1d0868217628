import type { LineageSource, SegmentCache } from '@onbehalf/store'
import type { FastifyRequest } from 'fastify'
import { awaitPosition } from './at-least.ts'
import { standingOf, type Standing } from './as-of.ts'
import type { ReaderPool } from './connection.ts'
import { openSnapshot, withSnapshot, type Snapshot } from './snapshot.ts'

/** What a request reads from: one tenant's snapshot, the lineage in it, and what an answer says about itself. */
export interface Reading {
  snapshot: Snapshot
  source: LineageSource
  standing: Standing
}

export interface Asked {
  at_least?: string | undefined
  as_of?: string | undefined
}

export interface Reader {
  /** Waits for `at_least` if asked to, then runs `use` in a snapshot of the caller's tenant. */
  read<T>(request: FastifyRequest, asked: Asked, use: (reading: Reading) => Promise<T>): Promise<T>
  /** The same, for an answer that goes on after the handler: the caller closes the snapshot. */
  open(request: FastifyRequest, asked: Asked): Promise<Reading>
}

export interface ReaderDeps {
  pool: ReaderPool
  cache: SegmentCache
  waitMsMax: number
  nowMs: () => number
}

export function createReader({ pool, cache, waitMsMax, nowMs }: ReaderDeps): Reader {
  async function wait(request: FastifyRequest, { at_least }: Asked): Promise<void> {
    if (at_least === undefined) return
    const gone = new AbortController()
    const onClose = () => gone.abort()
    request.raw.socket.once('close', onClose)
    try {
      await awaitPosition({ pool, waitMsMax }, request.identity.tenant, at_least, gone.signal)
    } finally {
      request.raw.socket.off('close', onClose)
    }
  }

  async function readingOf(snapshot: Snapshot, { as_of }: Asked): Promise<Reading> {
    const standing = await standingOf(snapshot, as_of, nowMs())
    const position = new Map(Object.entries(standing.position))
    const source: LineageSource = { client: snapshot.client, tenant: snapshot.tenant, cache, position, ...(as_of === undefined ? {} : { asOf: as_of }) }
    return { snapshot, source, standing }
  }

  // Every answer about lineage passes here: the seat for `audit.read` entries.
  return {
    async read(request, asked, use) {
      await wait(request, asked)
      return withSnapshot(pool, request.identity.tenant, async (snapshot) => use(await readingOf(snapshot, asked)))
    },
    async open(request, asked) {
      await wait(request, asked)
      const snapshot = await openSnapshot(pool, request.identity.tenant)
      try {
        return await readingOf(snapshot, asked)
      } catch (error) {
        snapshot.close(error)
        throw error
      }
    },
  }
}

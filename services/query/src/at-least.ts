import { setTimeout as sleep } from 'node:timers/promises'
import { OnbehalfError } from '@onbehalf/runtime'
import { z } from 'zod'
import type { ReaderPool } from './connection.ts'
import { withSnapshot, type LogHead } from './snapshot.ts'
import { sqlText } from './sql-text.ts'

/** `?at_least=`: the position of a 202 answer, `<topic>/<partition>@<offset>,…`. */
export const atLeast = z.string('must be given once').max(16_384, 'must have at most 16384 characters').optional()
  .describe('Wait until this position has been read into lineage: pass on the `position` of a 202 answer as it is.')

export interface PartitionOffset {
  topic: string
  partition: number
  offset: bigint
}

/** @throws OnbehalfError `position_invalid` */
export function parsePosition(text: string): PartitionOffset[] {
  const greatest = new Map<string, PartitionOffset>()
  for (const part of text.split(',').map((each) => each.trim()).filter((each) => each !== '')) {
    const [, topic, partition, offset] = /^([a-zA-Z0-9._-]{1,249})\/(\d{1,9})@(\d{1,19})$/.exec(part) ?? []
    if (topic === undefined || BigInt(offset!) >= 2n ** 63n) {
      throw new OnbehalfError('position_invalid', `The query parameter at_least is not valid: ${JSON.stringify(part.slice(0, 100))} is not <topic>/<partition>@<offset>.`, {
        details: { errors: [{ path: '/at_least', in: 'querystring', rule: 'must be <topic>/<partition>@<offset>, several with commas between' }] },
      })
    }
    const name = `${topic}/${partition}`
    const wanted = { topic, partition: Number(partition), offset: BigInt(offset!) }
    if ((greatest.get(name)?.offset ?? -1n) < wanted.offset) greatest.set(name, wanted)
  }
  if (greatest.size > partitionsMax) throw new OnbehalfError('position_invalid', `The query parameter at_least names more than ${partitionsMax} partitions.`)
  return [...greatest.values()]
}

const partitionsMax = 1_000

export interface AwaitPositionDeps {
  pool: ReaderPool
  waitMsMax: number
}

/**
 * Resolves when everything up to the position is in the journal, and the projector has passed the sizes that the
 * tenant's logs had in the snapshot that showed so: then a snapshot that begins afterwards holds it.
 * @throws OnbehalfError `position_invalid`, `position_timeout` with how far it is
 */
export async function awaitPosition({ pool, waitMsMax }: AwaitPositionDeps, tenant: string, position: string, signal: AbortSignal): Promise<void> {
  const wanted = parsePosition(position)
  if (wanted.length === 0) return
  const deadline = performance.now() + waitMsMax
  let target: readonly LogHead[] | null = null
  let delayMs = 2
  for (;;) {
    const seen = await look(pool, tenant, target === null ? wanted : [])
    if (target === null && seen.behind.length === 0) target = seen.logs
    const ahead = target === null ? [] : aheadOf(target, seen.logs)
    if (target !== null && ahead.length === 0) return
    if (signal.aborted) throw new OnbehalfError('request_timeout', 'The client has gone.')
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) throw timeout(seen.behind, ahead, waitMsMax, tenant)
    await sleep(Math.min(delayMs, leftMs))
    delayMs = Math.min(50, delayMs * 1.5)
  }
}

interface Behind extends PartitionOffset {
  /** Null: nothing of the partition was ever read. */
  nextOffset: bigint | null
}

function look(pool: ReaderPool, tenant: string, wanted: readonly PartitionOffset[]): Promise<{ behind: Behind[]; logs: readonly LogHead[] }> {
  return withSnapshot(pool, tenant, async ({ client, logs }) => {
    if (wanted.length === 0) return { behind: [], logs }
    const { rows } = await client.query<{ topic: string; partition: number; nextOffset: number | bigint | null }>({
      name: 'progress-of-partitions', text: progress, values: [wanted.map((w) => w.topic), wanted.map((w) => w.partition)],
    })
    const next = new Map(rows.map((row) => [`${row.topic}/${row.partition}`, row.nextOffset === null ? null : BigInt(row.nextOffset)]))
    const behind = wanted.flatMap((each) => {
      const nextOffset = next.get(`${each.topic}/${each.partition}`) ?? null
      return nextOffset !== null && nextOffset > each.offset ? [] : [{ ...each, nextOffset }]
    })
    return { behind, logs }
  })
}

const progress = sqlText('progress-of-partitions')

interface Ahead { logId: string; size: number; projected: number }

function aheadOf(target: readonly LogHead[], now: readonly LogHead[]): Ahead[] {
  const projected = new Map(now.map((log) => [log.logId, log.projected]))
  return target.flatMap(({ logId, size }) => {
    const at = projected.get(logId) ?? 0
    return at >= size ? [] : [{ logId, size, projected: at }]
  })
}

function timeout(behind: Behind[], ahead: Ahead[], waitedMs: number, tenant: string): OnbehalfError {
  const waited = `${waitedMs / 1_000} s`
  const waitingFor = [
    ...behind.map((b) => ({ partition: `${b.topic}/${b.partition}`, offset: String(b.offset), next_offset: b.nextOffset === null ? null : String(b.nextOffset) })),
    ...ahead.map((a) => ({ log: `${tenant}/${a.logId}`, size: a.size, projected: a.projected })),
  ]
  const [b, a] = [behind[0], ahead[0]]
  const what = b === undefined
    ? `log ${tenant}/${a!.logId} has ${a!.size} entries, of which ${a!.projected} are in lineage`
    : b.nextOffset === null
      ? `nothing of partition ${b.topic}/${b.partition} has been read yet; is the topic one of this instance's?`
      : `offset ${b.offset} of ${b.topic}/${b.partition} has not been read: the next one is ${b.nextOffset}`
  return new OnbehalfError('position_timeout', `The position was not reached within ${waited}: ${what}`.replace(/[?]?$/, (end) => end || '.'), {
    retryAfterS: 2, details: { waiting_for: waitingFor },
  })
}

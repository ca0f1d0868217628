import { hashFromBytes, hashToBase64, inclusionProof, tlogProof, type TileReader } from '@onbehalf/ledger'
import type { EntryRef, Lineage } from '@onbehalf/lineage'
import { OnbehalfError } from '@onbehalf/runtime'
import { readSegmentsAt, sha256, tileReader, type Segment } from '@onbehalf/store'
import { z } from 'zod'
import { asOf } from '../as-of.ts'
import { atLeast } from '../at-least.ts'
import { entryList } from '../documents.ts'
import { pastedId } from '../ids.ts'
import { formOf } from '../media-type.ts'
import { cursorText, linkNext, paging, readCursor, writeCursor } from '../paging.ts'
import { query } from '../parameters.ts'
import type { Reader } from '../reading.ts'
import type { LogHead, Snapshot } from '../snapshot.ts'
import { sqlText } from '../sql-text.ts'
import { actionOf } from './actions.ts'
import { problems, readers, type Routes } from './route.ts'

/** `GET /v1/actions/{id}/entries`: what every word of a lineage rests on, as it was received, and the proof that it was. */
export function addEntryRoutes(app: Routes, reader: Reader): void {
  app.get('/v1/actions/:id/entries', {
    config: { roles: readers },
    schema: {
      summary: 'The entries behind an action',
      description: 'As they were received, in the order of their receipt, each with its inclusion in the log of `size` entries and root `root`. '
        + 'A page ends early where contents are large.',
      tags: ['lineage'],
      params: z.object({ id: pastedId }),
      querystring: query({ ...paging, as_of: asOf, at_least: atLeast }),
      response: { 200: entryList, ...problems },
    },
  }, async (request, reply) => {
    formOf(request.headers.accept)
    const { limit, cursor } = request.query
    const after = readCursor('entries', place, cursor)
    return reader.read(request, request.query, async (reading) => {
      const action = await actionOf(reading, request.params.id)
      const ahead = refsOf(action).filter((ref) => after === undefined || compare(placeOf(ref), after) > 0)
      const { items, rest } = await prove(reading.snapshot, ahead.slice(0, limit))
      const last = items.at(-1)
      linkNext(request, reply, last !== undefined && (rest || ahead.length > limit) ? writeCursor('entries', placeOf(last)) : null)
      return { action: action.id, items, position: reading.standing.position }
    })
  })
}

type Place = [receivedAt: string, log: string, index: number]
const place = z.tuple([cursorText, cursorText, z.int().min(0)])
const placeOf = (ref: EntryRef): Place => [ref.received_at, ref.log, ref.index]

function compare(a: Place, b: Place): number {
  for (const i of [0, 1, 2] as const) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1
  return 0
}

/** Every entry that the document names anywhere, each once, in the order of receipt. */
function refsOf(action: Lineage): EntryRef[] {
  const refs = new Map<string, EntryRef>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) for (const each of value) visit(each)
    else {
      for (const [name, each] of Object.entries(value)) {
        if (name === 'entries' && Array.isArray(each)) for (const ref of each as EntryRef[]) refs.set(`${ref.log} ${ref.index}`, ref)
        else visit(each)
      }
    }
  }
  const { chain, legs, roles, decisions, approvals, executions, outcomes, findings, entries } = action
  // The data of an event may have a field `entries` of its own; only our own places are looked at.
  for (const items of [decisions, approvals, executions, outcomes, findings]) for (const { entries } of items) visit({ entries })
  visit([chain, legs, roles, { entries }])
  return [...refs.values()].sort((a, b) => compare(placeOf(a), placeOf(b)))
}

/** A page holds at most so much content, and at least one entry. */
const contentBytesMax = 8 << 20

async function prove(snapshot: Snapshot, refs: readonly EntryRef[]): Promise<{ items: z.output<typeof entryList>['items']; rest: boolean }> {
  const segments = await segmentsOf(snapshot, refs)
  const heads = new Map(snapshot.logs.map((head) => [head.logId, head]))
  const readers = new Map<string, TileReader>()
  const items = []
  let bytes = 0
  for (const ref of refs) {
    const logId = ref.log.slice(snapshot.tenant.length + 1)
    const segment = segments.find((each) => each.logId === logId && each.firstIndex <= ref.index && ref.index < each.firstIndex + each.count)
    const head = heads.get(logId)
    if (segment === undefined || head === undefined) throw new OnbehalfError('journal_damaged', `Entry ${ref.log}#${ref.index} is in lineage and not in the journal`)
    const entry = segment.entry(ref.index - segment.firstIndex)
    bytes += entry.content?.byteLength ?? 0
    if (items.length > 0 && bytes > contentBytesMax) return { items, rest: true }
    if (!readers.has(logId)) readers.set(logId, once(tileReader(snapshot.client, snapshot.tenant, logId)))
    items.push({
      ...ref,
      content: entry.content?.toString('base64') ?? null,
      salt: entry.salt?.toString('base64') ?? null,
      commitment: hashToBase64(segment.commitment(ref.index - segment.firstIndex)),
      ...(await proofOf(readers.get(logId)!, head, ref.index)),
    })
  }
  return { items, rest: false }
}

async function proofOf(read: TileReader, head: LogHead, index: number) {
  const hashes = await inclusionProof(sha256, read, index, head.size)
  const root = hashToBase64(hashFromBytes(head.root))
  // A proof's text ends in a checkpoint. There is no notary yet, so it ends in the body of one, which claims nothing
  // by itself: no signature stands under it.
  const proof = tlogProof({ index, hashes, checkpoint: `${head.origin}\n${head.size}\n${root}\n` })
  return {
    proof, size: head.size, root, signed: false,
    statement: `The log ${head.origin} has no signed checkpoint yet. The proof ends in an unsigned tree head of ${head.size} entries: it shows that the entry is in `
      + 'the tree with this root, and that this server says so now; keep the root to check later that nothing was rewritten.',
  }
}

const segmentsOfEntries = sqlText('segments-of-entries')

async function segmentsOf({ client, tenant }: Snapshot, refs: readonly EntryRef[]): Promise<Segment[]> {
  if (refs.length === 0) return []
  const logIds = refs.map((ref) => ref.log.slice(tenant.length + 1))
  const { rows } = await client.query<{ logId: string; firstIndex: number }>({
    name: 'segments-of-entries', text: segmentsOfEntries, values: [tenant, logIds, refs.map((ref) => ref.index)],
  })
  return readSegmentsAt(client, rows.map((row) => ({ tenant, ...row })))
}

/** Neighbours share most of their path, so a tile is read once; and one at a time, since they share a connection too. */
function once(read: TileReader): TileReader {
  const tiles = new Map<string, ReturnType<TileReader>>()
  let last: Promise<unknown> = Promise.resolve()
  return (level, index, width) => {
    const name = `${level}/${index}/${width}`
    let tile = tiles.get(name)
    if (tile === undefined) {
      tile = last.then(() => read(level, index, width))
      // Whoever asked for it hears of its failure.
      last = tile.catch(() => undefined)
      tiles.set(name, tile)
    }
    return tile
  }
}

import { hash } from 'node:crypto'
import { commitment, entryText, leafHash, rootOf, type Hash } from '@onbehalf/ledger'
import { readHeads, readSegments, sha256, verifyJournal, type ClientBase, type LogHead } from '@onbehalf/store'
import { readExportRequest } from '../export-request.ts'
import type { InputEvent } from '../input.ts'

/**
 * Whether the journal holds every event of the input, once. With evidence: that the product's own checker finds nothing
 * wrong, and that each head's root is that of its entries, computed once more from the texts by the definition alone.
 * @param idOf what no two entries may share
 */
export async function verifyStored(client: ClientBase, events: readonly InputEvent[], { evidence, idOf = idOfEvent }: { evidence: boolean; idOf?: (content: Buffer) => string }):
Promise<string[]> {
  const problems: string[] = []
  const stored: string[] = []
  const ids = new Set<string>()
  for (const head of await readHeads(client)) {
    if (head.topic === null) continue
    const leaves: Hash[] = []
    for await (const { kind, producer, receivedAt, salt, content } of entriesOf(client, head)) {
      stored.push(`${head.tenant} ${hash('sha256', content, 'base64')}`)
      ids.add(idOf(content))
      if (evidence) {
        leaves.push(leafHash(sha256, entryText({ tenant: head.tenant, kind, receivedAt, producer, commitment: commitment(sha256, salt, content) })))
      }
    }
    if (evidence && rootOf(sha256, leaves) !== head.rootHash) problems.push(`journal: the root of ${head.origin} is not that of its entries`)
  }
  const expected = events.map(({ tenant, value }) => `${tenant} ${hash('sha256', value, 'base64')}`)
  if (stored.length !== events.length) problems.push(`journal: ${stored.length} entries of ${events.length}`)
  if (ids.size !== events.length) problems.push(`journal: ${ids.size} distinct ids of ${events.length}`)
  if (digestOf(stored) !== digestOf(expected)) problems.push('journal: the entries differ from the input')
  if (evidence) {
    for await (const { check, message } of verifyJournal(client)) {
      problems.push(`journal: ${check}: ${message}`)
      if (problems.length > 10) break
    }
  }
  return problems
}

/** An entry is a request with one span: the official decoder says which. */
export function idOfSpan(content: Buffer): string {
  const spans = readExportRequest(content)
  return spans.length === 1 ? `${spans[0]!.traceId.toString('hex')}/${spans[0]!.spanId.toString('hex')}` : `${spans.length} spans in one entry`
}

interface StoredEntry {
  kind: Parameters<typeof entryText>[0]['kind']
  producer: string
  receivedAt: string
  salt: Buffer
  content: Buffer
}

async function* entriesOf(client: ClientBase, { tenant, logId, size }: LogHead): AsyncGenerator<StoredEntry> {
  for (let index = 0; index < size;) {
    const segments = await readSegments(client, tenant, logId, index)
    if (segments.length === 0) return
    for (const segment of segments) {
      for (let i = 0; i < segment.count; i++) {
        const { kind, producer, salt, content } = segment.entry(i)
        yield { kind, producer, receivedAt: segment.receivedAt, salt: salt!, content: content! }
      }
      index = segment.firstIndex + segment.count
    }
  }
}

/** The generator writes `specversion`, then `id`: parsing 200,000 events per arm would take longer than the arm. */
function idOfEvent(content: Buffer): string {
  const from = content.indexOf('"id":"') + 6
  return content.toString('latin1', from, content.indexOf('"', from))
}

function digestOf(lines: readonly string[]): string {
  return hash('sha256', lines.toSorted().join('\n'), 'hex')
}

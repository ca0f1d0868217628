import { createHash } from 'node:crypto'
import type { ClientBase, Pool } from 'pg'
import type { Entry } from '../journal/entry.ts'
import type { PartitionWriter } from '../journal/partition-writer.ts'
import { readHeads, readSegments } from '../journal/read.ts'

/** What tests compare: everything that went in and must come out. */
export interface Line { log: string; index: number; kind: string; producer: string; content: string; offset: bigint | null }

/** Every entry of every log, in order; contents as their SHA-256. */
export async function readJournal(client: ClientBase | Pool): Promise<Map<string, Line[]>> {
  const journal = new Map<string, Line[]>()
  for (const { tenant, logId, size } of await readHeads(client)) {
    const lines: Line[] = []
    while (lines.length < size) {
      const segments = await readSegments(client, tenant, logId, lines.length)
      if (segments.length === 0) break
      for (const segment of segments) {
        for (let i = 0; i < segment.count; i++) {
          const { index, kind, producer, content } = segment.entry(i)
          lines.push({ log: `${tenant}/${logId}`, index, kind, producer, content: digest(content!), offset: segment.offset(i) })
        }
      }
    }
    journal.set(`${tenant}/${logId}`, lines)
  }
  return journal
}

/** The data logs that entries of one partition must become. */
export function expectedJournal(topic: string, partition: number, entries: readonly Entry[]): Map<string, Line[]> {
  const journal = new Map<string, Line[]>()
  for (const { tenant, kind, producer, content, offset } of entries) {
    const log = `${tenant}/${topic}/${partition}`
    const lines = journal.get(log) ?? []
    lines.push({ log, index: lines.length, kind, producer, content: digest(content), offset })
    journal.set(log, lines)
  }
  return journal
}

export function dataLogs(journal: Map<string, Line[]>): Map<string, Line[]> {
  return new Map([...journal].filter(([log]) => !log.endsWith('/own')))
}

/** `count` small entries with offsets from `from`, spread over tenants. */
export function someEntries(from: number, count: number, tenants: readonly string[] = ['default']): Entry[] {
  return Array.from({ length: count }, (_, i) => ({
    tenant: tenants[(from + i) % tenants.length]!,
    kind: 'cloudevent',
    producer: 'default',
    content: Buffer.from(`{"n":${from + i},"text":"${'lorem ipsum '.repeat((from + i) % 7)}"}`),
    offset: BigInt(from + i),
  }))
}

/** Appends entries whose offsets go on from the writer's position, as one batch. */
export async function append(writer: PartitionWriter, entries: readonly Entry[]): Promise<void> {
  const expectOffset = writer.position ?? entries[0]?.offset ?? 0n
  const nextOffset = (entries.at(-1)?.offset ?? expectOffset) + 1n
  await writer.commit(writer.prepare({ entries, expectOffset, nextOffset }))
}

function digest(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

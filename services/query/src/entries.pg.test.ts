import { zstdDecompressSync } from 'node:zlib'
import { commitment, entryText, hashFromBase64, leafHash, parseTlogProof, verifyInclusion } from '@onbehalf/ledger'
import { sha256 } from '@onbehalf/store'
import { createRandom, randomWorld, scenarios } from '@onbehalf/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveJournal, topic, type ServedJournal } from './testing/served-journal.ts'

describe('entries', () => {
  let served: ServedJournal
  const { events, actions } = scenarios['refund']!.play({ seed: 3, atMs: Date.UTC(2026, 10, 24, 9) })
  const path = `/v1/actions/${encodeURIComponent(actions[0]!.id)}/entries`
  let position: string

  beforeAll(async () => {
    served = await serveJournal()
    // Enough in front and behind for full tiles, and for partial ones.
    const noise = randomWorld(createRandom(7), { actions: 150 }).events.map((content) => ({ content }))
    await served.append(noise.slice(0, 600))
    await served.append(events.map((content) => ({ content })))
    position = await served.append(noise.slice(600))
  })
  afterAll(() => served?.stop())

  test('what was sent comes back byte for byte, and its proof verifies against size and root', async () => {
    const { status, body } = await served.get(`${path}?at_least=${position}&limit=200`)
    expect(status).toBe(200)
    const sent = new Set(events.map((event) => JSON.stringify(event)))
    expect(body.items.length).toBeGreaterThan(5)
    for (const item of body.items) {
      const [tenant, ...logId] = item.log.split('/')
      expect(logId.join('/')).toBe(`${topic}/0`)
      const [salt, content] = [Buffer.from(item.salt, 'base64'), Buffer.from(item.content, 'base64')]
      expect(sent).toContain(content.toString())
      const committed = commitment(sha256, salt, content)
      expect(committed).toBe(hashFromBase64(item.commitment))
      const leaf = leafHash(sha256, entryText({ tenant, kind: item.kind, receivedAt: item.received_at, producer: item.producer, commitment: committed }))
      const { index, hashes, checkpoint } = parseTlogProof(item.proof)
      expect(index).toBe(item.index)
      expect(verifyInclusion(sha256, { leaf, index, size: item.size, root: hashFromBase64(item.root), proof: hashes })).toBe(true)
      // No notary yet: the text says so, and nothing in it looks like a signature.
      expect(item).toMatchObject({ signed: false, statement: expect.stringContaining('no signed checkpoint') })
      expect(checkpoint).toBe(`${item.log}\n${item.size}\n${item.root}\n`)
    }
  })

  test('pages hold every entry once, in the order of receipt', async () => {
    const whole = (await served.get(`${path}?limit=200`)).body.items
    const paged: { log: string; index: number }[] = []
    let next: string | undefined = `${path}?limit=3`
    while (next !== undefined) {
      const page = await served.get(next)
      paged.push(...page.body.items)
      next = /<(.+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]
    }
    expect(paged).toEqual(whole)
  })

  test('an erased entry keeps its place: no content, and a proof that verifies', async () => {
    const before = (await served.get(`${path}?limit=200`)).body.items[0]
    const owner = await served.database.client()
    const at = [`${topic}/0`, before.index]
    const { rows: [row] } = await owner.query('select first_index, count, encoding, content from journal.segments where log_id = $1 and first_index <= $2 and first_index + count > $2', at)
    await owner.query('update journal.segments set encoding = 0, content = $3 where log_id = $1 and first_index <= $2 and first_index + count > $2',
      [...at, erased(row, before.index - row.first_index)])
    // The lineage names it still: from memory, for some seconds, as long as its facts are there.
    const after = (await served.get(`${path}?limit=200`)).body.items.find((item: { index: number }) => item.index === before.index)
    expect(after).toMatchObject({ content: null, salt: null, commitment: before.commitment, root: before.root })
    expect(parseTlogProof(after.proof).hashes).toEqual(parseTlogProof(before.proof).hashes)
  })
})

/** What the eraser leaves of a segment: one length says so, and salt and content are gone. */
function erased({ count, encoding, content }: { count: number; encoding: number; content: Buffer }, place: number): Buffer {
  const bytes = encoding === 1 ? zstdDecompressSync(content) : Buffer.from(content)
  let start = 4 * count
  for (let i = 0; i < place; i++) start += 16 + bytes.readUInt32LE(4 * i)
  const end = start + 16 + bytes.readUInt32LE(4 * place)
  bytes.writeUInt32LE(0xffff_ffff, 4 * place)
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)])
}

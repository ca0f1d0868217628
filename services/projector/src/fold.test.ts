import { linksOf, principalText, type Fact, type Key, type Lineage } from '@onbehalf/lineage'
import { sha256Hex, type Segment, type Want } from '@onbehalf/store'
import { createRandom, lineagesOfEntries, randomTraces, type RawEntry } from '@onbehalf/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fold, type Folded } from './fold.ts'
import { readNews } from './news.ts'

/** The rows of one tenant, and the journal behind them, in memory. */
class Rows {
  readonly actions = new Map<string, string>()
  readonly #facts = new Map<Key, Fact[]>()
  readonly #links = new Map<Key, Set<Key>>()
  readonly #fold = new Fold({ facts_max: 10_000 })
  #index = 0

  /** One entry, and everything that rests on what it changes. */
  async take({ kind, content }: RawEntry): Promise<void> {
    const segment = {
      tenant: 'default', logId: 'onbehalf.embedded/0', firstIndex: this.#index++, count: 1, receivedAt: '2026-11-24T12:00:00.000000Z',
      entry: () => ({ index: 0, kind, producer: 'default', content: Buffer.from(content), salt: null, erased: false }),
    } as unknown as Segment
    const news = await readNews([segment])
    const folded = await this.#fold.take(news, (wants) => this.#read(wants))
    for (const { facts } of news.tenants.values())
      for (const [key, fresh] of facts) {
        this.#facts.set(key, [...(this.#facts.get(key) ?? []), ...fresh])
        for (const fact of fresh) for (const [from, to] of linksOf(fact, fact.keys, sha256Hex)) this.#links.set(from, (this.#links.get(from) ?? new Set()).add(to))
      }
    this.#write(folded)
    const stale = folded.batch.stale.map(({ key }) => key)
    for (let key = stale.pop(), rounds = 0; key !== undefined; key = stale.pop()) {
      if (rounds++ > 200) throw new Error('what is stale does not come to an end')
      const again = await this.#fold.again([{ tenant: 'default', keys: [...(this.#links.get(key) ?? [])].sort(), depth: Infinity }], (wants) => this.#read(wants))
      this.#write(again)
    }
  }

  async #read(wants: readonly Want[]): Promise<void> {
    for (const { known, missing } of wants) {
      for (const key of missing.facts) known.facts.set(key, this.#facts.get(key) ?? [])
      for (const key of missing.links) known.links.set(key, [...(this.#links.get(key) ?? [])].sort())
      for (const key of missing.latest) known.latest.set(key, [])
    }
  }

  #write({ batch }: Folded): void {
    for (const { key } of batch.gone) for (const id of this.actions.keys()) if (id.startsWith(`${key}\n`)) this.actions.delete(id)
    for (const { key, part, operation, agent, initiator, status, present, required } of [...batch.newActions, ...batch.actions])
      this.actions.set(`${key}\n${part}`, JSON.stringify([operation, agent, initiator, status, present, required]))
  }
}

test('rows of actions that spans tell of are, after every entry, what everything received by then says at once', async () => {
  let joined = 0
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 14 }), async (seed, spans) => {
    const entries = randomTraces(createRandom(seed), spans)
    const rows = new Rows()
    for (const [i, entry] of entries.entries()) {
      await rows.take(entry)
      const there = lineagesOfEntries(entries.slice(0, i + 1))
      expect([...rows.actions.values()].sort(), `seed ${seed}, entry ${i}: ${[...rows.actions.keys()].join(' | ')}`).toEqual(there.map(rowOf).sort())
      joined += there.filter(({ keys }) => keys.length > 1).length
    }
  }), { numRuns: 100 })
  expect(joined).toBeGreaterThan(50)
})

function rowOf({ operation, roles, status, completeness }: Lineage): string {
  const text = ({ principal }: Lineage['roles']['actor']) => principal && principalText(principal)
  return JSON.stringify([operation, text(roles.actor), text(roles.initiator), status, completeness.present, completeness.required])
}

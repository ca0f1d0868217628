import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identityOf, join, rankOf, resolve, type Fact, type Key, type Known, type Lineage } from './index.ts'
import { delivered, history } from './testing/histories.ts'
import { tellAll, type Told as Meant } from './testing/oracle.ts'
import { complete, documentsOf, lazily, lineages, meanings, world, type Told } from './testing/world.ts'

// fast-check prints seed and path of a failure; give them as `{ seed, path }` to run it again.
const runs = 1_000

describe('random histories', () => {
  test('M1: every document is what the naive oracle reads from the same journal', () => {
    let actions = 0, shared = 0, located = 0, splits = 0
    fc.assert(fc.property(history(), (told) => {
      const { facts } = world(told)
      const documents = lineages(world(told))
      const meant = tellAll(facts)
      expect(documents.map(shown)).toEqual(meant.map(sorted))
      actions += documents.length
      shared += documents.filter((d) => d.ambiguous.length > 0).length
      const strays = new Set(told.filter((t) => t.event.traceparent && !('action_id' in t.event.data)).map((t) => t.event.id))
      located += documents.filter((d) => [...d.decisions, ...d.approvals].some((item) => strays.has(item.id))).length
      splits += documents.length - new Set(documents.map((d) => JSON.stringify(d.keys[0]))).size
    }), { numRuns: runs })
    // The generator reaches what it is meant to reach.
    expect({ actions: actions > runs, shared: shared > 50, located: located > 50, splits: splits > 20 })
      .toEqual({ actions: true, shared: true, located: true, splits: true })
  })

  test('M1: so is every one where a call id is used again under several action ids', () => {
    fc.assert(fc.property(history(true), (told) => {
      expect(lineages(world(told)).map(shown)).toEqual(tellAll(world(told).facts).map(sorted))
    }), { numRuns: 300 })
  })

  test('M2: shuffled, duplicated and split over logs, a history means the same', () => {
    fc.assert(fc.property(history().chain((told) => fc.tuple(fc.constant(told), delivered(told))), ([told, again]) => {
      expect(meanings(again)).toEqual(meanings(told))
    }), { numRuns: runs })
  })

  test('M2: so does one in which a call id is used again under several action ids', () => {
    fc.assert(fc.property(history(true).chain((told) => fc.tuple(fc.constant(told), delivered(told))), ([told, again]) => {
      expect(meanings(again)).toEqual(meanings(told))
    }), { numRuns: 200 })
  })

  test('M3: the same journal gives the same bytes, however often and from whatever it is read', () => {
    fc.assert(fc.property(history(), (told) => {
      expect(JSON.stringify(lineages(world(told)))).toBe(JSON.stringify(lineages(world(told))))
    }), { numRuns: 100 })
  })

  test('M4: join is associative, commutative and idempotent, and keeps every content once', () => {
    const three = history().chain((told) => delivered(told)).chain((told) =>
      fc.tuple(fc.constant(told), fc.array(fc.nat(2), { minLength: told.length, maxLength: told.length })))
    fc.assert(fc.property(three, ([told, cut]) => {
      const { facts } = world(told)
      const [a, b, c] = [0, 1, 2].map((n) => facts.filter((_, i) => cut[i] === n)) as [Fact[], Fact[], Fact[]]
      const whole = text(join(facts))
      expect(text(join(join(a, b), c))).toEqual(whole)
      expect(text(join(a, join(b, c)))).toEqual(whole)
      expect(text(join(c, b, a))).toEqual(whole)
      expect(text(join(join(facts), facts, join(facts)))).toEqual(whole)
      expect(new Set(join(facts).map((f) => `${identityOf(f)} ${f.digest()}`))).toEqual(new Set(facts.map((f) => `${identityOf(f)} ${f.digest()}`)))
    }), { numRuns: 200 })
  })

  test('M5: two explicit action ids are never merged, and no fact of one is lost', () => {
    fc.assert(fc.property(history(), (told) => {
      const { facts, known } = world(told)
      const documents = lineages(world(told))
      for (const fact of facts) {
        const id = (fact.data as { action_id?: string }).action_id
        if (!id || rankOf(fact.keys.filed) === 0) continue
        expect(resolve(fact.keys.filed, known)).toEqual({ kind: 'one', root: `action:${id}` })
        expect(documents.filter((d) => d.id === id)).toHaveLength(1)
      }
    }), { numRuns: 100 })
  })

  test('M6: what a key resolves to is a root: it resolves to itself, and only a call id used again to others as well', () => {
    fc.assert(fc.property(history(), (told) => {
      const { known } = world(told)
      for (const key of new Set([...known.facts.keys(), ...known.links.keys()])) {
        const to = resolve(key, known)
        const roots = to.kind === 'one' ? [to.root] : to.kind === 'several' ? to.roots : []
        for (const root of roots) {
          const own = resolve(root, known)
          expect(own.kind === 'one' ? [own.root] : own.kind === 'several' ? own.roots : []).toContain(root)
        }
      }
    }), { numRuns: 100 })
  })

  test('M7: read lazily, only what `expand` asks for, an action has the document that it has in full knowledge', () => {
    fc.assert(fc.property(history(), (all) => {
      const told = oneGrantEach(all)
      const journal = world(told)
      const full = new Map(lineages(journal).map((d) => [d.id, JSON.stringify(d)]))
      for (const key of startsOf(journal.known.facts.keys())) {
        const { documents, rounds } = lazily(journal, [key])
        for (const document of documents) expect(JSON.stringify(document)).toBe(full.get(document.id))
        expect(rounds).toBeLessThan(100)
      }
    }), { numRuns: 120 })
  })

  test('M8: knowledge kept in memory while entries come one by one gives, at every step, the bytes of a fresh read', () => {
    fc.assert(fc.property(history(), (all) => {
      const told = oneGrantEach(all)
      const memory: Known = { facts: new Map(), links: new Map(), latest: new Map() }
      for (let n = 1; n <= told.length; n++) {
        const journal = world(told.slice(0, n))
        const fact = journal.facts.at(-1)!
        meet(memory, fact)
        if (rankOf(fact.keys.filed) === 0) continue
        const touched = [fact.keys.filed, ...fact.keys.claims]
        complete(memory, touched, journal)
        const fresh = new Map(lineages(journal).map((d) => [d.id, JSON.stringify(d)]))
        for (const document of documentsOf(touched, memory)) expect(JSON.stringify(document)).toBe(fresh.get(document.id))
      }
    }), { numRuns: 80 })
  })

  test('M9: what is asked for does not grow with what else the tenant did', () => {
    fc.assert(fc.property(history(), fc.integer({ min: 1, max: 5 }), (all, others) => {
      const told = oneGrantEach(all)
      const start = startsOf(world(told).known.facts.keys())
      const noise = Array.from({ length: others }, (_, n) => told.map((t) => elsewhere(t, n))).flat()
      const alone = lazily(world(told), start)
      const amidst = lazily(world([...told, ...noise]), start)
      expect([amidst.facts, amidst.links]).toEqual([alone.facts, alone.links])
    }), { numRuns: 100 })
  })
})

/** As the projector does: what is present stays complete. */
function meet(memory: Known, fact: Fact): void {
  const { filed, claims, mentions } = fact.keys
  const facts = memory.facts.get(filed)
  if (facts) memory.facts.set(filed, [...facts, fact])
  for (const key of [...claims, ...mentions]) {
    const links = memory.links.get(key)
    if (links) memory.links.set(key, [...new Set([...links, filed])])
  }
}

function startsOf(keys: Iterable<Key>): Key[] {
  return [...keys].filter((key) => rankOf(key) > 0)
}

/** One grant per delegation; review.test.ts has two. */
function oneGrantEach(told: readonly Told[]): Told[] {
  const seen = new Set<unknown>()
  return told.filter(({ event }) => {
    if (event.type !== 'onbehalf.delegation.granted.v1') return true
    const { delegation_id } = event.data as { delegation_id: string }
    return !seen.has(delegation_id) && seen.add(delegation_id)
  })
}

/** The same story told of other ids. */
function elsewhere(told: Told, n: number): Told {
  const suffix = `-${n}`
  const rename = (value: unknown, name = ''): unknown => {
    if (Array.isArray(value)) return name === 'upstream_request_ids' ? value.map((v) => v + suffix) : value.map((v) => rename(v))
    if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, rename(v, k)]))
    if (name === 'trace_id') return `${n + 1}`.repeat(32)
    return typeof value === 'string' && (name.endsWith('_id')) ? value + suffix : value
  }
  const { traceparent } = told.event
  return { ...told, index: told.index + 1_000 * (n + 1), event: {
    ...told.event, id: told.event.id + suffix, data: rename(told.event.data) as object,
    ...(traceparent ? { traceparent: traceparent.replace('7'.repeat(32), `${n + 1}`.repeat(32)) } : {}),
  } }
}

function text(facts: Fact[]): string[] {
  return facts.map((f) => `${identityOf(f)} ${f.digest()} ${f.entry.log} ${f.entry.index}`)
}

/** What the oracle tells, of a document. */
function shown(d: Lineage): Meant {
  const said = (role: Lineage['roles']['actor']) => ({
    principal: role.principal && `${role.principal.iss}|${role.principal.sub}`, evidence: role.evidence as string,
  })
  const ids = (items: { id: string }[]) => items.map((item) => item.id).sort()
  return {
    id: d.id, initiator: said(d.roles.initiator), subject: said(d.roles.subject), actor: said(d.roles.actor), executor: said(d.roles.executor),
    chain: d.chain.map(({ delegation_id, effective_scope, revoked_at }) => ({ delegation_id, effective_scope, revoked_at })),
    legs: Object.fromEntries(Object.entries(d.legs).map(([name, leg]) => [name, leg.evidence])),
    decision: d.decision,
    status: d.status,
    agreement: d.agreement, completeness: d.completeness,
    decisions: ids(d.decisions), approvals: ids(d.approvals), executions: ids(d.executions), outcomes: ids(d.outcomes),
    ambiguous: d.ambiguous.map(({ kind, key, candidates }) => ({ key: `${kind} ${key}`, candidates })).sort(byText),
    time: d.time, session: d.session,
  }
}

function sorted(meant: Meant): Meant {
  const { decisions, approvals, executions, outcomes, ambiguous } = meant
  return { ...meant, decisions: decisions.sort(), approvals: approvals.sort(), executions: executions.sort(), outcomes: outcomes.sort(),
    ambiguous: ambiguous.sort(byText) }
}

function byText(a: object, b: object): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1
}

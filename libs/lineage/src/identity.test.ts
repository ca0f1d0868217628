import { describe, expect, test } from 'vitest'
import type { Principal } from '@onbehalf/events'
import { identitiesOf } from './identity.ts'
import { alice, at, ben, bot, own, requested, session, tell } from './testing/tell.ts'
import { sha256, world, type Told } from './testing/world.ts'

const person = (sub: string, iss = 'https://login.example'): Principal => ({ iss, sub, kind: 'user' })
const al = person('al', 'https://partner.example')
const bare = (sub: string, producer = 'default') => person(sub, `urn:onbehalf:unqualified:${producer}`)
const linked = (seconds: number, ...principals: Principal[]) => tell('principal.linked', seconds, { principals, basis: 'a test' })
const unlinked = (seconds: number, ...principals: Principal[]) => tell('principal.unlinked', seconds, { principals, basis: 'a test' })
const identities = (told: Told[], timeMs = Infinity, counts: (fact: { producer: string }) => boolean = () => true) => identitiesOf(world(told).known, counts, timeMs, sha256)
const compare = (a: Principal, b: Principal, ...told: Told[]) => [identities(told).compare(a, b), identities(told).compare(b, a)]
const both = <T>(value: T) => [value, value]

describe('whether two are one', () => {
  test('M265: equal identities are, others are not', () => {
    expect([compare(alice, { ...alice, kind: 'unknown' }), compare(alice, ben), compare(alice, person('alice', 'https://partner.example'))]).toEqual([both('same'), both('different'), both('different')])
  })

  test('M265: of a bare id only another name is another one; by one producer an equal one is the same', () => {
    expect([compare(bare('alice'), alice), compare(bare('alice'), ben)]).toEqual([both('undetermined'), both('different')])
    expect([compare(bare('alice'), bare('alice')), compare(bare('alice'), bare('alice', 'other'))]).toEqual([both('same'), both('undetermined')])
  })

  test('M266: linked identities are, over others, whatever links them first', () => {
    const other = person('a3', 'https://third.example')
    expect(compare(alice, al, linked(0, alice, al))).toEqual(both('same'))
    expect(compare(alice, other, linked(0, al, other), linked(1, alice, al))).toEqual(both('same'))
    expect(compare(alice, ben, linked(0, alice, al))).toEqual(both('different'))
  })

  test('M266: the later word counts, link or unlink', () => {
    expect(compare(alice, al, linked(0, alice, al), unlinked(10, alice, al))).toEqual(both('different'))
    expect(compare(alice, al, unlinked(10, alice, al), linked(0, alice, al), linked(20, alice, al))).toEqual(both('same'))
    expect(compare(alice, al, linked(0, alice, al, ben), unlinked(10, alice, ben))).toEqual(both('same'))
  })

  test('M266: what was said later than it is asked for, and what does not count, links nothing', () => {
    const told = [linked(10, alice, al)]
    const atMs = (seconds: number) => Date.parse(at(seconds))
    expect([identities(told, atMs(10)).compare(alice, al), identities(told, atMs(9.999)).compare(alice, al)]).toEqual(['same', 'different'])
    expect(identities(told, Infinity, ({ producer }) => producer === 'cmdb').compare(alice, al)).toBe('different')
  })

  test('M266: what else is said of somebody links nothing', () => {
    expect(compare(alice, ben, session(0, { initiator: alice }), requested(1, { initiator: ben }), tell('signal.received', 2, { signal: 'https://x.example/account-disabled', principal: alice }), own('config.changed', 0, { config: {} }))).toEqual(both('different'))
  })

  test('M267: sixteen identities of one person are followed, and no more', () => {
    const all = Array.from({ length: 40 }, (_, n) => person(`p${String(n).padStart(2, '0')}`))
    const chain = all.slice(1).map((each, n) => linked(n, all[n]!, each))
    const known = identities(chain)
    expect([known.compare(all[0]!, all[15]!), known.compare(all[0]!, all[16]!)]).toEqual(['same', 'different'])
    expect(known.of(all[0]!)).toHaveLength(16)
    const star = all.slice(1).map((each, n) => linked(n, all[0]!, each))
    expect(identities(star).of(all[0]!)).toEqual(identities(star.toReversed()).of(all[0]!))
    expect(identities([linked(0, ...all.slice(0, 30))]).of(all[0]!)).toHaveLength(16)
    expect([identities(star).compare(all[0]!, all[15]!), identities(star).compare(all[0]!, all[16]!)]).toEqual(['same', 'different'])
  })
})

describe('whether two are certainly not one person', () => {
  const separate = (a: Principal, b: Principal, ...told: Told[]) => [identities(told).separate(a, b), identities(told).separate(b, a)]

  test('M268: of one issuer, or where one\'s identity with the other\'s issuer is known; across others nobody can tell', () => {
    expect([separate(alice, ben), separate(alice, al), separate(alice, alice)]).toEqual([both('different'), both('undetermined'), both('same')])
    expect(separate(ben, al, linked(0, alice, al))).toEqual(both('different'))
    expect(separate(alice, al, linked(0, alice, al))).toEqual(both('same'))
    expect([separate(bare('ben'), alice), separate(bare('alice'), alice)]).toEqual([both('undetermined'), both('undetermined')])
  })

  test('M268: issuers are read from their escaped form', () => {
    const [odd, twin] = [person('x', 'https://odd.example/a|b%7C'), person('y', 'https://odd.example/a|b%7C')]
    expect(separate(twin, alice, linked(0, alice, odd))).toEqual(both('different'))
    expect(separate(bot as Principal, alice)).toEqual(both('undetermined'))
  })
})

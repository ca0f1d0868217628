import { describe, expect, test } from 'vitest'
import { narrow, type Lineage, type Scope } from './index.ts'
import { at, granted, requested, revoked } from './testing/tell.ts'
import { lineageOf, type Told } from './testing/world.ts'

const root = { kind: 'root' }
const under = (id: string) => requested(100, { delegation_id: id })
const ids = (lineage: Lineage) => lineage.chain.map((hop) => hop.delegation_id)
const line = (depth: number, top: object = root): Told[] =>
  Array.from({ length: depth }, (_, n) => granted(n, `g${n}`, n === 0 ? top : `g${n - 1}`))

describe('the chain of delegations', () => {
  test.each([0, 1, 2, 5, 63, 64])('M21: %i delegations, root first', (depth) => {
    const lineage = lineageOf([...line(depth), under(`g${depth - 1}`)])
    expect(ids(lineage)).toEqual(Array.from({ length: depth }, (_, n) => `g${n}`))
    if (depth > 0) expect(lineage.legs.delegation).toMatchObject({ evidence: 'asserted', reason: null })
  })

  test('M22: beyond 64 hops the walk ends and says so', () => {
    const lineage = lineageOf([...line(70), under('g69')])
    expect([lineage.chain.length, lineage.chain.at(-1)!.delegation_id]).toEqual([64, 'g69'])
    expect(lineage.legs.delegation.reason).toContain('longer than 64')
  })

  test.each<[string, Told[], string[], string | null]>([
    ['a root', [granted(0, 'g', root)], ['g'], null],
    ['another organisation, which is known', [granted(0, 'g', { kind: 'external', domain: 'partner.example' })], ['g'], null],
    ['unknown', [granted(0, 'g', { kind: 'unknown' })], ['g'], 'unknown'],
    ['never seen', [granted(0, 'g', 'lost')], ['g'], 'lost'],
    ['itself', [granted(0, 'g', 'g')], ['g'], 'its own ancestor'],
    ['a cycle', [granted(0, 'g', 'h'), granted(0, 'h', 'i'), granted(0, 'i', 'g')], ['i', 'h', 'g'], 'its own ancestor'],
  ])('M23: the parent is %s', (_, told, chain, reason) => {
    const lineage = lineageOf([...told, under('g')])
    expect(ids(lineage)).toEqual(chain)
    if (reason === null) expect(lineage.legs.delegation.reason).toBeNull()
    else expect(lineage.legs.delegation.reason).toContain(reason)
  })

  test('M24: of two grants of one id the earliest counts, whichever came first', () => {
    const told = [granted(2, 'g', { kind: 'unknown' }), granted(1, 'g', root), under('g')]
    for (const order of [told, told.toReversed()]) expect(lineageOf(order).chain[0]!.parent).toEqual(root)
  })

  test.each<[string, object | undefined, (number | null)[]]>([
    ['cascades unless said not to', {}, [null, 50, 50]],
    ['cascades when said so', { cascade: true }, [null, 50, 50]],
    ['stays when said not to', { cascade: false }, [null, 50, null]],
  ])('M25: a revocation %s', (_, data, when) => {
    const lineage = lineageOf([...line(3), revoked(50, 'g1', data), under('g2')])
    expect(lineage.chain.map((hop) => hop.revoked_at)).toEqual(when.map((s) => (s === null ? null : at(s).replace('.000', ''))))
  })

  test('M25: a revocation at the root reaches the last hop', () => {
    const lineage = lineageOf([...line(4), revoked(50, 'g0'), under('g3')])
    expect(lineage.chain.map((hop) => hop.revoked_at)).toEqual(Array(4).fill(at(50).replace('.000', '')))
  })

  test('M25: the earliest revocation of a hop and of what is above it counts, in any order', () => {
    const told = [...line(3), revoked(50, 'g0'), revoked(40, 'g2', { cascade: false }), revoked(60, 'g1'), revoked(45, 'g0', { cascade: false }), under('g2')]
    for (const order of [told, told.toReversed()])
      expect(lineageOf(order).chain.map((hop) => hop.revoked_at)).toEqual([45, 50, 40].map((s) => at(s).replace('.000', '')))
  })
})

describe('effective scope', () => {
  test.each<[string, Scope | null, Scope | null, Scope | null]>([
    ['nothing limits nothing', null, null, null],
    ['a root without scope is unbounded, and its child is not', null, { actions: ['pay'] }, { actions: ['pay'] }],
    ['an axis left out is inherited', { actions: ['pay'], audience: ['x'] }, { actions: ['pay'] }, { actions: ['pay'], audience: ['x'] }],
    ['a scope left out is inherited', { actions: ['pay'] }, null, { actions: ['pay'] }],
    ['a child cannot widen', { actions: ['pay'] }, { actions: ['pay', 'read'] }, { actions: ['pay'] }],
    ['a prefix meets what it matches', { actions: ['pay.*'] }, { actions: ['pay.refund', 'read'] }, { actions: ['pay.refund'] }],
    ['a wider prefix does not widen', { actions: ['pay.refund.*'] }, { actions: ['pay.*'] }, { actions: ['pay.refund.*'] }],
    ['everything meets something', { actions: ['*'] }, { actions: ['pay'] }, { actions: ['pay'] }],
    ['two prefixes without a word in common', { resources: ['order/*'] }, { resources: ['customer/*'] }, { resources: [] }],
    ['a prefix is no word', { actions: ['pay.*'] }, { actions: ['pay'] }, { actions: [] }],
    ['a star inside is a letter', { actions: ['p*y'] }, { actions: ['pay'] }, { actions: [] }],
    ['sets know no prefix', { oauth_scopes: ['r*', 'w'] }, { oauth_scopes: ['read', 'w'] }, { oauth_scopes: ['w'] }],
    ['constraints meet one by one', { constraints: { max_uses: 3, environment: ['dev', 'prod'] } }, { constraints: { max_uses: 5, environment: ['prod'], data_class: ['pii'] } },
      { constraints: { max_uses: 3, environment: ['prod'], data_class: ['pii'] } }],
  ])('M26: %s', (_, parent, child, both) => {
    expect(narrow(parent, child)).toEqual(both)
  })

  test('M27: each hop shows what it asked for and what is left of it', () => {
    const told = [granted(0, 'a', root, { scope: { actions: ['pay.*'], audience: ['x'] } }), granted(1, 'b', 'a'), granted(2, 'c', 'b', { scope: { actions: ['*'], resources: ['order/*'] } }), under('c')]
    expect(lineageOf(told).chain.map((hop) => [hop.scope, hop.effective_scope])).toEqual([
      [{ actions: ['pay.*'], audience: ['x'] }, { actions: ['pay.*'], audience: ['x'] }],
      [null, { actions: ['pay.*'], audience: ['x'] }],
      [{ actions: ['*'], resources: ['order/*'] }, { actions: ['pay.*'], audience: ['x'], resources: ['order/*'] }],
    ])
  })
})

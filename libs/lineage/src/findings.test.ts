import { describe, expect, test } from 'vitest'
import { byGravity, findingsOf } from './findings.ts'
import type { Finding } from './document.ts'
import { at, completed, configured, decided, granted, requested, started, tell, ticked } from './testing/tell.ts'
import { sha256, views, world, type Told } from './testing/world.ts'

const found = (...told: Told[]) => findingsOf(views(world(told)).find((view) => view.action.root === 'action:a')!, sha256)
const ran = [requested(0), started(1), completed(2)]
const rules = (...told: Told[]) => found(...told).map(({ rule, severity }) => `${rule} ${severity}`)
const impersonating = [granted(-9, 'g', { kind: 'root' }, { mode: 'impersonation' }), requested(0, { delegation_id: 'g' })]

describe('which rules are armed', () => {
  test('M275: one that is opt-in where it is switched on', () => {
    expect([undefined, true, false].map((on) => rules(configured({ rules: { 'CHN-08': { ...(on !== undefined && { on }) } } }), ...impersonating))).toEqual([[], ['CHN-08 medium'], []])
  })

  test('M275: one that a leg arms where a producer is registered for it, for that agent, and it is not switched off', () => {
    const armed = (limits: object, off?: boolean) => rules(configured({ producers: [{ id: 'pdp', legs: ['decision'], ...limits }], rules: off ? { 'DEC-02': { on: false } } : {} }), ...ran, ticked(1_000))
    expect([armed({}), armed({ agents: ['nobody'] }), armed({}, true)]).toEqual([['DEC-02 high'], [], []])
  })

  test('M275: any other one where it is not switched off', () => {
    const denied = [requested(0), decided(0.5, { effect: 'deny' }), started(1)]
    expect([rules(...denied), rules(configured({ rules: { 'DEC-01': { on: false } } }), ...denied)]).toEqual([['DEC-01 critical'], []])
  })
})

test('M276: the severity is the configuration\'s, else that of the case, else the rule\'s', () => {
  const twice = [requested(0), started(1), decided(0.2, {}, { id: 'e' }), decided(0.3, { decision_id: 'd2' }, { id: 'e' })]
  expect(rules(...twice)).toEqual(['INT-03 high'])
  expect(rules(configured({ rules: { 'INT-03': { severity: 'info' } } }), ...twice)).toEqual(['INT-03 info'])
  expect(rules(configured({ rules: { 'CHN-08': { on: true, severity: 'critical' } } }), ...impersonating)).toEqual(['CHN-08 critical'])
})

test('M277: what was waited for long enough says so', () => {
  const pdp = configured({ producers: [{ id: 'pdp', legs: ['decision', 'heartbeat'] }] })
  const beat = tell('source.heartbeat', 5, { watermark: at(5) }, { source: 'urn:pdp', producer: 'pdp' })
  const [finding] = found(pdp, ...ran, beat, ticked(1_000_000))
  expect(finding).toMatchObject({ rule: 'DEC-02', provisional: false, explanation: expect.stringMatching(/ A source that could tell has been offline for too long \(source_offline\)\.$/) as string })
  expect(found(pdp, ...ran, beat, ticked(1_000))[0]).toMatchObject({ rule: 'DEC-02', provisional: true, explanation: expect.not.stringContaining('offline') as string })
})

test('M278: the gravest comes first, and among equals the order is that of their ids', () => {
  const of = (id: string, severity: Finding['severity']) => ({ id, severity }) as Finding
  const sorted = [of('B:1', 'info'), of('C:1', 'high'), of('A:1', 'critical'), of('A:2', 'high'), of('B:2', 'high'), of('D:1', 'medium')]
  for (const told of [sorted, sorted.toReversed()])
    expect(told.toSorted(byGravity).map(({ id }) => id)).toEqual(['A:1', 'A:2', 'B:2', 'C:1', 'D:1', 'B:1'])
  expect([byGravity(of('A', 'info'), of('A', 'info')), Math.sign(byGravity(of('A', 'info'), of('B', 'info'))), Math.sign(byGravity(of('B', 'info'), of('A', 'info')))]).toEqual([0, -1, 1])
  const both = [...impersonating, decided(0.5, { effect: 'deny' }), started(1)]
  expect(rules(configured({ rules: { 'CHN-08': { on: true } } }), ...both)).toEqual(['DEC-01 critical', 'CHN-08 medium'])
  expect(rules(configured({ rules: { 'CHN-08': { on: true }, 'DEC-01': { severity: 'info' } } }), ...both)).toEqual(['CHN-08 medium', 'DEC-01 info'])
})

import { expect, test } from 'vitest'
import type { EventType } from '@onbehalf/events'
import { agentAt } from './agent.ts'
import { alice, at, ben, bot, tell } from './testing/tell.ts'
import { world } from './testing/world.ts'

const said = (type: 'registered' | 'updated' | 'suspended' | 'reactivated' | 'retired', seconds: number, data: object = {}) => tell(`agent.${type}` as EventType, seconds, { agent: bot, ...data })
const record = (told: ReturnType<typeof said>[], seconds = Infinity) => agentAt(world(told).facts, seconds === Infinity ? Infinity : Date.parse(at(seconds)))
const full = { owner: alice, sponsor: ben, purpose: 'refunds', model: 'm', version: '1', review_due: at(900), systems: ['payments'], boundaries: ['eu'] }

test('M286: a registration says everything anew, an update only what it names', () => {
  const first = said('registered', 0, full)
  expect(record([first])).toMatchObject({ owner: alice, sponsor: ben, purpose: 'refunds', model: 'm', version: '1', systems: ['payments'], boundaries: ['eu'], review_due: at(900) })
  expect(record([first, said('updated', 1, { owner: ben, purpose: 'more', systems: ['crm'] })])).toMatchObject({ owner: ben, sponsor: ben, purpose: 'more', model: 'm', systems: ['crm'], boundaries: ['eu'] })
  expect(record([first, said('registered', 1, { owner: ben })])).toMatchObject({ owner: ben, sponsor: null, purpose: null, model: null, systems: [], boundaries: [] })
})

test('M287: it is active from its first description on; suspended until reactivated; retired for good, unless reactivated', () => {
  const status = (...told: ReturnType<typeof said>[]) => { const { status: is, statusBy } = record(told); return [is, statusBy?.time.slice(17, 19)] }
  expect(status()).toEqual(['unregistered', undefined])
  expect(status(said('updated', 1))).toEqual(['active', '01'])
  expect(status(said('registered', 1), said('updated', 2))).toEqual(['active', '01'])
  expect(status(said('registered', 1), said('suspended', 2), said('updated', 3))).toEqual(['suspended', '02'])
  expect(status(said('registered', 1), said('retired', 2), said('suspended', 3))).toEqual(['retired', '02'])
  expect(status(said('registered', 1), said('retired', 2), said('reactivated', 3))).toEqual(['active', '03'])
})

test('M288: as of a time, what was said later is left out', () => {
  const told = [said('registered', 0, full), said('updated', 10, { owner: ben })]
  expect([record(told, -1).owner, record(told, 9.999).owner, record(told, 10).owner]).toEqual([null, alice, ben])
})

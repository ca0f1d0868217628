import { completed, configured, decided, requested, started, without } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { ranThoughDenied } from './dec-01-ran-though-denied.ts'

const deny = (seconds: number, data: object = {}) => decided(seconds, { effect: 'deny', pdp: 'opa', decision_id: `d-${seconds}`, ...data })
const permit = (seconds: number) => decided(seconds, { pdp: 'opa', decision_id: `d-${seconds}` })
const runner = configured({ producers: [{ id: 'runner', legs: ['execution'] }] })

ruleTable('M161: DEC-01', ranThoughDenied, [
  { kind: 'firing', given: 'denied, and it succeeded', when: [requested(0), deny(1), started(2), completed(3)], expect: 'fires', says: /Denied at .*:01Z, and it ended succeeded at .*:03Z\./ },
  { kind: 'firing', given: 'denied, and it started', when: [requested(0), deny(1), started(2)], expect: 'fires', says: /and it started at/ },
  { kind: 'firing', given: 'denied by one policy point, permitted by another', when: [requested(0), deny(1), decided(2, { pdp: 'cedar' }), started(3)], expect: 'fires' },
  {
    kind: 'firing', given: 'a denial that may be of another action as well',
    when: [requested(0, { decision_id: 'd' }), requested(0, { action_id: 'b', decision_id: 'd' }), without(deny(1, { decision_id: 'd' }), 'action_id'), started(2)], expect: 'fires', says: /may be of this action/,
  },
  { kind: 'quiet', given: 'permitted', when: [requested(0), permit(1), completed(3)], expect: 'quiet' },
  { kind: 'quiet', given: 'denied, and nothing ran', when: [requested(0), deny(1)], expect: 'quiet' },
  { kind: 'quiet', given: 'denied, and what had started was blocked', when: [requested(0), deny(1), started(2), completed(3, { status: 'blocked' })], expect: 'quiet' },
  { kind: 'quiet', given: 'denied, and what had started was cancelled', when: [requested(0), deny(1), started(2), completed(3, { status: 'cancelled' })], expect: 'quiet' },
  { kind: 'quiet', given: 'denied for other arguments', when: [requested(0), deny(1, { evaluated: { arguments_digest: `sha-256:${'a'.repeat(64)}` } }), started(2, { arguments_digest: `sha-256:${'b'.repeat(64)}` })], expect: 'quiet' },
  { kind: 'quiet', given: 'that it ran is only a stranger\'s word', when: [runner, requested(0), deny(1), started(2)], expect: 'quiet' },
  { kind: 'firing', given: 'a stranger\'s earlier start does not make the denial late', when: [runner, requested(0), started(1), deny(20), started(30, {}, { producer: 'runner' })], expect: 'fires' },
  { kind: 'firing', given: 'two policy points denied: the first is named', when: [requested(0), deny(1), deny(1.5, { pdp: 'cedar' }), started(2)], expect: 'fires', says: /^Denied at 2026-11-24T09:00:01Z/ },
  { kind: 'firing', given: 'denied for what started, whatever the end says', when: [requested(0), deny(1, { evaluated: { arguments_digest: `sha-256:${'a'.repeat(64)}` } }), started(2, { arguments_digest: `sha-256:${'a'.repeat(64)}` }), completed(3, { arguments_digest: `sha-256:${'b'.repeat(64)}` })], expect: 'fires' },
  { kind: 'firing', given: 'denied and permitted at one time: deny wins', when: [requested(0), decided(1, { effect: 'deny', pdp: 'opa', decision_id: 'x' }, { id: 'e-1' }), decided(1, { pdp: 'opa', decision_id: 'y' }, { id: 'e-2' }), started(2)], expect: 'fires' },
  { kind: 'firing', given: 'two enforcement points, one of which denied', when: [requested(0), decided(1, { effect: 'deny', pep: 'gateway', decision_id: 'x' }), decided(1.5, { pep: 'proxy', decision_id: 'y' }), started(2)], expect: 'fires' },
  { kind: 'quiet', given: 'denied for other arguments than the second request names', when: [requested(0), requested(0.5, { arguments_digest: `sha-256:${'b'.repeat(64)}` }), deny(1, { evaluated: { arguments_digest: `sha-256:${'a'.repeat(64)}` } }), started(2)], expect: 'quiet' },
  { kind: 'firing', given: 'permitted and denied at one time: deny wins, too', when: [requested(0), decided(1, { pdp: 'opa', decision_id: 'y' }, { id: 'e-1' }), decided(1, { effect: 'deny', pdp: 'opa', decision_id: 'x' }, { id: 'e-2' }), started(2)], expect: 'fires' },
  { kind: 'boundary', given: 'denied within the skew after the start', when: [requested(0), started(2), completed(3), deny(7)], expect: 'fires' },
  { kind: 'boundary', given: 'denied just after that', when: [requested(0), started(2), completed(3), deny(7.001)], expect: 'quiet' },
  { kind: 'resolved', given: 'a permit from between denial and start arrives late', when: [requested(0), deny(1), started(3), completed(4), permit(2)], expect: 'quiet' },
])

import { ruleTable } from '../testing/rule-table.ts'
import { at, bot, completed, decided, helper, requested, started } from '../testing/tell.ts'
import { stretchedDecision } from './dec-06-stretched-decision.ts'

const order = (id: string, more: object = {}) => ({ type: 'order', id, ...more })
const ran = (seconds: number, data: object = {}) => [requested(0, { resource: order('1', { system: 'shop' }), ...data }), started(seconds), completed(seconds + 1)]
const evaluated = (data: object) => decided(1, { evaluated: data })

// Clocks may differ by 5 s.
ruleTable(stretchedDecision, [
  { kind: 'firing', given: 'it had run out', when: [decided(1, { ttl_ms: 60_000 }), ...ran(100)], then: 'fires', says: /^The permit of .*:01.* was good for 60000 ms and was used at .*:01:40/ },
  { kind: 'firing', given: 'the cache answers what had run out', when: [decided(90, { ttl_ms: 60_000, cached: true, evaluated_at: at(1) }), ...ran(100)], then: 'fires', says: /which came from a cache/ },
  { kind: 'firing', given: 'for another agent', when: [evaluated({ actor: helper }), ...ran(2)], then: 'fires', says: /was given to helper, and refund-bot acted on it/ },
  { kind: 'firing', given: 'for another operation', when: [evaluated({ operation: 'read' }), ...ran(2)], then: 'fires', says: /was given for read, and pay ran/ },
  { kind: 'firing', given: 'for another resource', when: [evaluated({ resource: order('2') }), ...ran(2)], then: 'fires', says: /for order 2, and it ran on order 1/ },
  { kind: 'quiet', given: 'for all of this', when: [evaluated({ actor: bot, operation: 'pay', resource: order('1') }), ...ran(2)], then: 'quiet' },
  { kind: 'quiet', given: 'for a bare id that may be the agent', when: [evaluated({ actor: { sub: bot.sub, kind: 'agent' } }), ...ran(2)], then: 'quiet' },
  { kind: 'quiet', given: 'from a cache, for how long is not said', when: [decided(90, { cached: true, evaluated_at: at(1) }), ...ran(100)], then: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [evaluated({ actor: helper }), requested(0)], then: 'quiet' },
  { kind: 'boundary', given: 'used as late as may be', when: [decided(1, { ttl_ms: 60_000 }), ...ran(66)], then: 'quiet' },
  { kind: 'boundary', given: 'just later', when: [decided(1, { ttl_ms: 60_000 }), ...ran(66.001)], then: 'fires' },
  { kind: 'resolved', given: 'a fresh permit from before the start arrives late', when: [decided(1, { ttl_ms: 60_000 }), ...ran(100), decided(90, { ttl_ms: 60_000 })], then: 'quiet' },
])

import { ruleTable } from '../testing/rule-table.ts'
import { at, bot, completed, configured, decided, helper, requested, started } from '../testing/tell.ts'
import { stretchedDecision } from './dec-06-stretched-decision.ts'

const order = (id: string, more: object = {}) => ({ type: 'order', id, ...more })
const ran = (seconds: number, data: object = {}) => [requested(0, { resource: order('1', { system: 'shop' }), ...data }), started(seconds), completed(seconds + 1)]
const evaluated = (data: object) => decided(1, { evaluated: data })

// Clocks may differ by 5 s.
ruleTable('M166: DEC-06', stretchedDecision, [
  { kind: 'firing', given: 'it had run out', when: [decided(1, { ttl_ms: 60_000 }), ...ran(100)], expect: 'fires', says: /^The permit of .*:01.* was good for 60000 ms and was used at .*:01:40/ },
  { kind: 'firing', given: 'the cache answers what had run out', when: [decided(90, { ttl_ms: 60_000, cached: true, evaluated_at: at(1) }), ...ran(100)], expect: 'fires', says: /which came from a cache/ },
  { kind: 'firing', given: 'for another agent', when: [evaluated({ actor: helper }), ...ran(2)], expect: 'fires', says: /was given to helper, and refund-bot acted on it/ },
  { kind: 'firing', given: 'for another operation', when: [evaluated({ operation: 'read' }), ...ran(2)], expect: 'fires', says: /was given for read, and pay ran/ },
  { kind: 'firing', given: 'for another resource', when: [evaluated({ resource: order('2') }), ...ran(2)], expect: 'fires', says: /for order 2, and it ran on order 1/ },
  { kind: 'quiet', given: 'for all of this', when: [evaluated({ actor: bot, operation: 'pay', resource: order('1') }), ...ran(2)], expect: 'quiet' },
  { kind: 'quiet', given: 'for a bare id that may be the agent', when: [evaluated({ actor: { sub: bot.sub, kind: 'agent' } }), ...ran(2)], expect: 'quiet' },
  { kind: 'quiet', given: 'from a cache, for how long is not said', when: [decided(90, { cached: true, evaluated_at: at(1) }), ...ran(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [evaluated({ actor: helper }), requested(0)], expect: 'quiet' },
  { kind: 'firing', given: 'for another type of resource', when: [evaluated({ resource: { type: 'customer', id: '1' } }), ...ran(2)], expect: 'fires' },
  { kind: 'firing', given: 'for the resource of another system', when: [evaluated({ resource: order('1', { system: 'store' }) }), ...ran(2)], expect: 'fires' },
  { kind: 'firing', given: 'for the resource of another environment', when: [evaluated({ resource: order('1', { environment: 'test' }) }), ...ran(2, { resource: order('1', { environment: 'production' }) })], expect: 'fires' },
  { kind: 'quiet', given: 'for the resource of this system', when: [evaluated({ resource: order('1', { system: 'shop' }) }), ...ran(2)], expect: 'quiet' },
  { kind: 'quiet', given: 'which environment it ran in is not said', when: [evaluated({ resource: order('1', { environment: 'test' }) }), ...ran(2)], expect: 'quiet' },
  { kind: 'quiet', given: 'it was denied: that is DEC-01', when: [decided(1, { effect: 'deny', ttl_ms: 60_000 }), ...ran(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'only a stranger says what was asked for', when: [configured({ producers: [{ id: 'runner', legs: ['execution'] }] }), evaluated({ operation: 'read' }), requested(0), started(2, {}, { producer: 'runner' })], expect: 'quiet' },
  { kind: 'boundary', given: 'used as late as may be', when: [decided(1, { ttl_ms: 60_000 }), ...ran(66)], expect: 'quiet' },
  { kind: 'boundary', given: 'just later', when: [decided(1, { ttl_ms: 60_000 }), ...ran(66.001)], expect: 'fires' },
  { kind: 'resolved', given: 'a fresh permit from before the start arrives late', when: [decided(1, { ttl_ms: 60_000 }), ...ran(100), decided(90, { ttl_ms: 60_000 })], expect: 'quiet' },
])

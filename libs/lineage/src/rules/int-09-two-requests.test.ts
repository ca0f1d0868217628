import { bot, completed, configured, helper, own, alice, requested, tell } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { twoRequests } from './int-09-two-requests.ts'

const bare = { sub: 'refund-bot', kind: 'agent' }
const cmdb = configured({ producers: [{ id: 'cmdb', legs: ['inventory'] }] })
const linked = tell('principal.linked', -5, { principals: [bot, helper], basis: 'renamed' }, { producer: 'cmdb' })
const runner = configured({ producers: [{ id: 'runner', legs: ['execution'] }] })

ruleTable('M229: INT-09', twoRequests, [
  { kind: 'firing', given: 'two agents', when: [requested(0), requested(1, { agent: helper })], expect: 'fires', says: /^refund-bot asked for pay at .*:00Z and helper for pay at .*:01Z, both as a\.$/ },
  { kind: 'firing', given: 'two operations', when: [requested(0), requested(1, { operation: 'delete' }), completed(2)], expect: 'fires', says: /for pay .* for delete/ },
  { kind: 'quiet', given: 'one request', when: [requested(0), completed(1)], expect: 'quiet' },
  { kind: 'quiet', given: 'it is asked for again', when: [requested(0), requested(1)], expect: 'quiet' },
  { kind: 'quiet', given: 'one call id, two requests without an action id', when: [requested(0, { session_id: 's', tool_call_id: 'c' }), requested(1, { session_id: 's', tool_call_id: 'c', operation: 'delete' }, { anonymous: true })], expect: 'quiet' },
  { kind: 'firing', given: 'three operations: the first two are named', when: [requested(0), requested(1, { operation: 'delete' }), requested(2, { operation: 'read' })], expect: 'fires', says: /for pay at .* for delete at/ },
  { kind: 'boundary', given: 'nobody can tell whether it is the same agent', when: [requested(0), requested(1, { agent: bare })], expect: 'quiet' },
  { kind: 'boundary', given: 'one agent, two runs of it', when: [requested(0), requested(1, { agent: { ...bot, instance: 'r-2' } })], expect: 'quiet' },
  { kind: 'boundary', given: 'the other request is a stranger\'s', when: [runner, requested(0, {}, { producer: 'runner' }), requested(1, { agent: helper })], expect: 'quiet' },
  { kind: 'resolved', given: 'one is retracted', when: [requested(0), requested(1, { agent: helper }, { producer: 'other' }), own('assertion.retracted', 100, { producer: 'other', reason: 'wrong id', by: alice })], expect: 'quiet' },
  { kind: 'resolved', given: 'both are identities of one agent', when: [cmdb, requested(0), requested(1, { agent: helper }), linked], expect: 'quiet' },
])

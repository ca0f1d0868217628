import { alice, bot, configured, granted, helper, own, requested, started } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { impersonation } from './chn-08-impersonation.ts'

const on = configured({ rules: { 'CHN-08': { on: true } } })
const root = { kind: 'root' }
const as = granted(-9, 'g', root, { mode: 'impersonation' })
const under = requested(0, { delegation_id: 'g' })

ruleTable('M118: CHN-08', impersonation, [
  { kind: 'firing', given: 'a grant to impersonate', when: [on, as, under], expect: 'fires', says: /^Delegation g lets refund-bot impersonate alice\.$/ },
  { kind: 'firing', given: 'a grant to impersonate further up', when: [on, as, granted(-8, 'h', 'g', { grantor: bot, delegate: helper }), requested(0, { agent: helper, delegation_id: 'h' })], expect: 'fires' },
  { kind: 'firing', given: 'the person is named as the agent', when: [on, requested(0, { agent: alice, initiator: alice })], expect: 'fires', says: /^The action names alice, a person, as the agent/ },
  { kind: 'quiet', given: 'it is not switched on', when: [as, under], expect: 'quiet' },
  { kind: 'quiet', given: 'a delegation', when: [on, granted(-9, 'g', root), under], expect: 'quiet' },
  { kind: 'quiet', given: 'an agent with its own authority', when: [on, granted(-9, 'g', root, { grantor: bot, subject: bot, mode: 'self' }), requested(0, { delegation_id: 'g', initiator: bot })], expect: 'quiet' },
  { kind: 'firing', given: 'two in one chain: the first is named', when: [on, as, granted(-8, 'h', 'g', { grantor: bot, delegate: helper, mode: 'impersonation' }), requested(0, { agent: helper, delegation_id: 'h' })], expect: 'fires', says: /^Delegation g/ },
  { kind: 'quiet', given: 'nobody says who acts', when: [on, started(0)], expect: 'quiet' },
  { kind: 'boundary', given: 'a bare id of the person\'s name could be an agent', when: [on, requested(0, { agent: { sub: 'alice', kind: 'agent' }, initiator: alice })], expect: 'quiet' },
  { kind: 'resolved', given: 'the grant is retracted', when: [on, as, under, own('assertion.retracted', 50, { producer: 'default', positions: [{ log: as.log, from: as.index, to: as.index }], reason: 'wrong', by: alice })], expect: 'quiet' },
])

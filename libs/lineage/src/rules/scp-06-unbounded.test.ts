import { bot, configured, granted, helper, requested, server } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { unbounded } from './scp-06-unbounded.ts'

const on = configured({ rules: { 'SCP-06': { on: true } } })
const root = { kind: 'root' }
const grant = (data: object = {}, seconds = -9) => granted(seconds, 'g', root, data)
const under = requested(0, { delegation_id: 'g' })

ruleTable('M136: SCP-06', unbounded, [
  { kind: 'firing', given: 'no scope', when: [on, grant(), under], expect: 'fires', says: /^Delegation g lets refund-bot do everything that alice may do\.$/ },
  { kind: 'firing', given: 'everything, in so many words', when: [on, grant({ scope: { actions: ['*'], resources: ['*'], constraints: {} } }), under], expect: 'fires' },
  { kind: 'firing', given: 'further up', when: [on, grant(), granted(-8, 'h', 'g', { grantor: bot, delegate: helper, scope: { actions: ['pay'] } }), requested(0, { agent: helper, delegation_id: 'h' })], expect: 'fires', says: /^Delegation g/ },
  { kind: 'quiet', given: 'it is not switched on', when: [grant(), under], expect: 'quiet' },
  { kind: 'quiet', given: 'to a service', when: [on, grant({ delegate: server }), under], expect: 'quiet' },
  { kind: 'quiet', given: 'the bounds are inherited', when: [on, granted(-10, 'f', root, { delegate: server, scope: { actions: ['pay'] } }), granted(-9, 'g', 'f', { grantor: server }), under], expect: 'quiet' },
  { kind: 'quiet', given: 'what is above is not known', when: [on, granted(-9, 'g', 'lost'), under], expect: 'quiet' },
  { kind: 'firing', given: 'two in one chain: the first is named', when: [on, grant(), granted(-8, 'h', 'g', { grantor: bot, delegate: helper }), requested(0, { agent: helper, delegation_id: 'h' })], expect: 'fires', says: /^Delegation g/ },
  { kind: 'boundary', given: 'one axis with bounds', when: [on, grant({ scope: { actions: ['*'], oauth_scopes: ['r'] } }), under], expect: 'quiet' },
  { kind: 'resolved', given: 'an earlier grant of that id, with bounds, arrives late', when: [on, grant(), under, grant({ scope: { actions: ['pay'] } }, -10)], expect: 'quiet' },
])

import { alice, bot, configured, granted, helper, requested, tell } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { grantorDidNotHold } from './chn-02-grantor-did-not-hold.ts'

const root = { kind: 'root' }
const under = requested(0, { agent: helper, delegation_id: 'h' })
const chain = (grantor: object, data: object = {}) => [granted(-9, 'g', root), granted(-8, 'h', 'g', { grantor, delegate: helper, ...data }), under]
const inventory = configured({ producers: [{ id: 'cmdb', legs: ['inventory'] }] })
const botAsWorkload = { iss: 'spiffe://agents.example', sub: '/refund-bot', kind: 'workload' }
const link = tell('principal.linked', -20, { principals: [bot, botAsWorkload], basis: 'inventory' }, { producer: 'cmdb' })

ruleTable('M112: CHN-02', grantorDidNotHold, [
  { kind: 'firing', given: 'somebody else passes it on', when: chain(alice), expect: 'fires', says: /^alice granted h from g, which was given to refund-bot\.$/ },
  { kind: 'firing', given: 'a bare id of another name', when: chain({ sub: 'mallory', kind: 'agent' }), expect: 'fires' },
  { kind: 'quiet', given: 'the delegate passes it on', when: chain(bot), expect: 'quiet' },
  { kind: 'quiet', given: 'one hop', when: [granted(-9, 'h', root, { delegate: helper }), under], expect: 'quiet' },
  { kind: 'quiet', given: 'above is another organisation', when: [granted(-9, 'h', { kind: 'external', domain: 'partner.example' }, { grantor: bot, delegate: helper }), under], expect: 'quiet' },
  { kind: 'boundary', given: 'a bare id of the same name could be the delegate', when: chain({ sub: bot.sub, kind: 'agent' }), expect: 'quiet' },
  { kind: 'boundary', given: 'two identities that a stranger has linked', when: [...chain(botAsWorkload), link], expect: 'fires' },
  { kind: 'resolved', given: 'the two identities are linked', when: [inventory, ...chain(botAsWorkload), link], expect: 'quiet' },
])

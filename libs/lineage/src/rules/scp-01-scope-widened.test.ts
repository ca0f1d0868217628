import { alice, bot, configured, granted, helper, own, requested } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { scopeWidened } from './scp-01-scope-widened.ts'

const sts = configured({ producers: [{ id: 'sts', legs: ['delegation'] }] })
const root = { kind: 'root' }
const under = requested(0, { agent: helper, delegation_id: 'h' })
const child = (scope?: object, parent = 'g') => granted(-8, 'h', parent, { grantor: bot, delegate: helper, ...(scope && { scope }) })
const chain = (parent: object | undefined, scope?: object) => [granted(-9, 'g', root, parent && { scope: parent }), child(scope), under]
const wide = child({ actions: ['*'] })

ruleTable('M131: SCP-01', scopeWidened, [
  { kind: 'firing', given: 'an action more', when: chain({ actions: ['pay.*'] }, { actions: ['pay.refund', 'read'] }), expect: 'fires', says: /^Delegation h gives what g does not have: actions read\.$/ },
  { kind: 'firing', given: 'a wider prefix', when: chain({ resources: ['order/8*'] }, { resources: ['order/*'] }), expect: 'fires' },
  { kind: 'firing', given: 'on several axes', when: chain({ audience: ['x'], oauth_scopes: ['r'] }, { audience: ['y'], oauth_scopes: ['r', 'w'] }), expect: 'fires', says: /audience y; oauth_scopes w\./ },
  { kind: 'firing', given: 'constraints', when: chain({ constraints: { environment: ['dev'] } }, { constraints: { environment: ['dev', 'production'] } }), expect: 'fires', says: /environment production/ },
  { kind: 'firing', given: 'many values', when: chain({ actions: ['z'] }, { actions: ['a', 'b', 'c', 'd', 'e'] }), expect: 'fires', says: /actions a, b, c and 2 more/ },
  { kind: 'firing', given: 'more than what is left from two above', when: [granted(-10, 'f', root, { scope: { actions: ['read'] } }), granted(-9, 'g', 'f', { grantor: bot }), child({ actions: ['pay'] }), under], expect: 'fires' },
  { kind: 'quiet', given: 'less', when: chain({ actions: ['pay.*', 'read'] }, { actions: ['pay.refund'] }), expect: 'quiet' },
  { kind: 'quiet', given: 'what is left out is inherited', when: chain({ actions: ['pay'] }), expect: 'quiet' },
  { kind: 'quiet', given: 'a root without bounds', when: chain(undefined, { actions: ['*'] }), expect: 'quiet' },
  { kind: 'quiet', given: 'axes that share no words', when: chain({ oauth_scopes: ['refunds:write'] }, { actions: ['pay'] }), expect: 'quiet' },
  { kind: 'quiet', given: 'a stranger\'s grants', when: [sts, ...chain({ actions: ['pay'] }, { actions: ['*'] })], expect: 'quiet' },
  { kind: 'boundary', given: 'exactly the same', when: chain({ actions: ['pay.*'], constraints: { max_uses: 3 } }, { actions: ['pay.*'], constraints: { max_uses: 3 } }), expect: 'quiet' },
  { kind: 'boundary', given: 'one use more', when: chain({ constraints: { max_uses: 3 } }, { constraints: { max_uses: 4 } }), expect: 'fires', says: /max_uses 4/ },
  { kind: 'resolved', given: 'the grant is retracted for another of its id', when: [granted(-9, 'g', root, { scope: { actions: ['pay'] } }), wide, under, granted(-7, 'h', 'g', { grantor: bot, delegate: helper }),
    own('assertion.retracted', 50, { producer: 'default', positions: [{ log: wide.log, from: wide.index, to: wide.index }], reason: 'wrong', by: alice })], expect: 'quiet' },
])

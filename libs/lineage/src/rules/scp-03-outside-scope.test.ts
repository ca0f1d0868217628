import { bot, configured, granted, helper, requested } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { outsideScope } from './scp-03-outside-scope.ts'

const gateway = configured({ producers: [{ id: 'gateway', legs: ['execution'] }] })
const root = { kind: 'root' }
const grant = (scope?: object, seconds = -9) => granted(seconds, 'g', root, scope && { scope })
const order = { type: 'order', id: '881' }
const acts = (data: object = {}) => requested(0, { delegation_id: 'g', resource: order, ...data })

ruleTable('M133: SCP-03', outsideScope, [
  { kind: 'firing', given: 'another operation', when: [grant({ actions: ['read'] }), acts()], expect: 'fires', says: /^Operation pay is outside what delegation g and those above it allow\.$/ },
  { kind: 'firing', given: 'another resource', when: [grant({ actions: ['pay'], resources: ['order/1*'] }), acts()], expect: 'fires', says: /^Resource order\/881 is outside/ },
  { kind: 'firing', given: 'both', when: [grant({ actions: ['read'], resources: ['customer/*'] }), acts()], expect: 'fires', says: /^Operation pay and resource order\/881 are outside/ },
  { kind: 'firing', given: 'another environment', when: [grant({ constraints: { environment: ['dev'] } }), acts({ resource: { ...order, environment: 'production' } })], expect: 'fires', says: /^Environment production is/ },
  { kind: 'firing', given: 'what a hop above does not have', when: [grant({ actions: ['read'] }), granted(-8, 'h', 'g', { grantor: bot, delegate: helper, scope: { actions: ['pay'] } }), requested(0, { agent: helper, delegation_id: 'h' })], expect: 'fires' },
  { kind: 'quiet', given: 'within', when: [grant({ actions: ['pay'], resources: ['order/*'] }), acts()], expect: 'quiet' },
  { kind: 'quiet', given: 'no bounds', when: [grant(), acts()], expect: 'quiet' },
  { kind: 'quiet', given: 'OAuth scopes and audiences are not compared', when: [grant({ oauth_scopes: ['refunds:read'], audience: ['billing'] }), acts({ resource: { ...order, system: 'payments' } })], expect: 'quiet' },
  { kind: 'quiet', given: 'no resource is named', when: [grant({ resources: ['customer/*'] }), requested(0, { delegation_id: 'g' })], expect: 'quiet' },
  { kind: 'quiet', given: 'no delegation', when: [grant({ actions: ['read'] }), requested(0)], expect: 'quiet' },
  { kind: 'quiet', given: 'a stranger\'s request', when: [gateway, grant({ actions: ['read'] }), acts()], expect: 'quiet' },
  { kind: 'firing', given: 'what its own hop gave up', when: [grant({ actions: ['pay', 'read'] }), granted(-8, 'h', 'g', { grantor: bot, delegate: helper, scope: { actions: ['read'] } }), requested(0, { agent: helper, delegation_id: 'h' })], expect: 'fires', says: /what delegation h and/ },
  { kind: 'quiet', given: 'only a stranger says which delegation', when: [gateway, grant({ actions: ['read'] }), acts(), requested(1, { resource: order }, { producer: 'gateway' })], expect: 'quiet' },
  { kind: 'boundary', given: 'a prefix matches', when: [grant({ actions: ['pa*'] }), acts()], expect: 'quiet' },
  { kind: 'boundary', given: 'a prefix just does not match', when: [grant({ actions: ['pay.*'] }), acts()], expect: 'fires' },
  { kind: 'resolved', given: 'an earlier grant of that id that allows it arrives late', when: [grant({ actions: ['read'] }), acts(), grant({ actions: ['pay'] }, -10)], expect: 'quiet' },
])

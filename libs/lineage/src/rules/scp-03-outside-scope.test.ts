import { bot, configured, granted, helper, requested } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { outsideScope } from './scp-03-outside-scope.ts'

const gateway = configured({ producers: [{ id: 'gateway', legs: ['execution'] }] })
const root = { kind: 'root' }
const grant = (scope?: object, seconds = -9) => granted(seconds, 'g', root, scope && { scope })
const order = { type: 'order', id: '881' }
const acts = (data: object = {}) => requested(0, { delegation_id: 'g', resource: order, ...data })

ruleTable(outsideScope, [
  { kind: 'firing', given: 'another operation', when: [grant({ actions: ['read'] }), acts()], then: 'fires', says: /^Operation pay is outside what delegation g and those above it allow\.$/ },
  { kind: 'firing', given: 'another resource', when: [grant({ actions: ['pay'], resources: ['order/1*'] }), acts()], then: 'fires', says: /^Resource order\/881 is outside/ },
  { kind: 'firing', given: 'both', when: [grant({ actions: ['read'], resources: ['customer/*'] }), acts()], then: 'fires', says: /^Operation pay and resource order\/881 are outside/ },
  { kind: 'firing', given: 'another environment', when: [grant({ constraints: { environment: ['dev'] } }), acts({ resource: { ...order, environment: 'production' } })], then: 'fires', says: /^Environment production is/ },
  { kind: 'firing', given: 'what a hop above does not have', when: [grant({ actions: ['read'] }), granted(-8, 'h', 'g', { grantor: bot, delegate: helper, scope: { actions: ['pay'] } }), requested(0, { agent: helper, delegation_id: 'h' })], then: 'fires' },
  { kind: 'quiet', given: 'within', when: [grant({ actions: ['pay'], resources: ['order/*'] }), acts()], then: 'quiet' },
  { kind: 'quiet', given: 'no bounds', when: [grant(), acts()], then: 'quiet' },
  { kind: 'quiet', given: 'OAuth scopes and audiences are not compared', when: [grant({ oauth_scopes: ['refunds:read'], audience: ['billing'] }), acts({ resource: { ...order, system: 'payments' } })], then: 'quiet' },
  { kind: 'quiet', given: 'no resource is named', when: [grant({ resources: ['customer/*'] }), requested(0, { delegation_id: 'g' })], then: 'quiet' },
  { kind: 'quiet', given: 'no delegation', when: [grant({ actions: ['read'] }), requested(0)], then: 'quiet' },
  { kind: 'quiet', given: 'a stranger\'s request', when: [gateway, grant({ actions: ['read'] }), acts()], then: 'quiet' },
  { kind: 'boundary', given: 'a prefix matches', when: [grant({ actions: ['pa*'] }), acts()], then: 'quiet' },
  { kind: 'boundary', given: 'a prefix just does not match', when: [grant({ actions: ['pay.*'] }), acts()], then: 'fires' },
  { kind: 'resolved', given: 'an earlier grant of that id that allows it arrives late', when: [grant({ actions: ['read'] }), acts(), grant({ actions: ['pay'] }, -10)], then: 'quiet' },
])

import { ruleTable } from '../testing/rule-table.ts'
import { alice, ben, bot, completed, configured, decided, granted, helper, requested, resolved, started, tell } from '../testing/tell.ts'
import { noSeparation } from './apr-02-no-separation.ts'

const carol = { ...ben, sub: 'carol' }
const elsewhere = { iss: 'https://partner.example', sub: 'al', kind: 'user' }
const needs = (data: object = {}) => decided(1, { requires_approval: { separation: true, ...data } })
const ran = (data: object = {}) => [requested(0, { initiator: alice, ...data }), started(3), completed(4)]
const by = (approver: object | undefined, data: object = {}) => resolved(2, { approver, ...data })
const inventory = configured({ producers: [{ id: 'cmdb', legs: ['inventory'] }] })
const linked = (...principals: object[]) => tell('principal.linked', -1, { principals, basis: 'hr' }, { producer: 'cmdb' })
const two = (approver: object) => resolved(2, { approver, approval_id: 'ap2' })

ruleTable('M182: APR-02', noSeparation, [
  { kind: 'firing', given: 'who started it approved', when: [needs(), ...ran(), by(alice)], expect: 'fires', says: /requires that somebody else approves; alice, who approved, started it/ },
  { kind: 'firing', given: 'whose authority it uses', when: [needs(), ...ran({ subject: carol }), by(carol)], expect: 'fires', says: /carol, who approved, is the one whose authority it uses/ },
  { kind: 'firing', given: 'the agent', when: [needs(), ...ran(), by(bot)], expect: 'fires', says: /refund-bot, who approved, is the agent that acts/ },
  {
    kind: 'firing', given: 'who handed the authority on',
    when: [needs(), ...ran({ delegation_id: 'g' }), granted(-2, 'root', { kind: 'root' }, { grantor: carol, delegate: helper }), granted(-1, 'g', 'root', { grantor: helper, delegate: bot }), by(carol)], expect: 'fires', says: /has a part in delegation root/,
  },
  { kind: 'firing', given: 'her other identity', when: [inventory, linked(alice, elsewhere), needs(), ...ran(), by(elsewhere)], expect: 'fires' },
  { kind: 'firing', given: 'a user confirmed her own agent: nobody else has approved', when: [needs(), ...ran(), by(alice, { kind: 'confirmation' })], expect: 'fires', says: /alice has only confirmed an agent of her own/ },
  { kind: 'firing', given: 'a confirmation by another is none either', when: [needs(), ...ran(), by(ben, { kind: 'confirmation' })], expect: 'fires' },
  { kind: 'firing', given: 'one of two is who started it', when: [needs({ min: 2 }), ...ran(), by(ben), two(alice)], expect: 'fires' },
  { kind: 'firing', given: 'whether two identities are one person\'s cannot be told', when: [needs(), ...ran(), by(elsewhere)], expect: 'fires', severity: 'info', says: /whether al and alice are one cannot be told/ },
  { kind: 'firing', given: 'a bare id', when: [needs(), ...ran(), by({ sub: 'alice', kind: 'user' })], expect: 'fires', severity: 'info' },
  { kind: 'firing', given: 'who approved is not said', when: [needs(), ...ran(), by(undefined)], expect: 'fires', severity: 'info', says: /who approved is not said/ },
  { kind: 'quiet', given: 'somebody else approved', when: [needs(), ...ran(), by(ben)], expect: 'quiet' },
  { kind: 'quiet', given: 'separation is not required', when: [decided(1, { requires_approval: {} }), ...ran(), by(alice)], expect: 'quiet' },
  { kind: 'quiet', given: 'a confirmation where separation is not required', when: [decided(1, { requires_approval: {} }), ...ran(), by(alice, { kind: 'confirmation' })], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing is required', when: [decided(1), ...ran(), by(alice)], expect: 'quiet' },
  { kind: 'quiet', given: 'a confirmation, and an approval by somebody else', when: [needs(), ...ran(), by(alice, { kind: 'confirmation' }), two(ben)], expect: 'quiet' },
  { kind: 'quiet', given: 'two of two are somebody else', when: [needs({ min: 2 }), ...ran(), by(ben), two(carol)], expect: 'quiet' },
  { kind: 'quiet', given: 'one of two, and somebody else: that is APR-01', when: [needs({ min: 2 }), ...ran(), by(ben)], expect: 'quiet' },
  { kind: 'quiet', given: 'it was refused', when: [needs(), ...ran(), by(alice, { resolution: 'denied' })], expect: 'quiet' },
  { kind: 'firing', given: 'of two who are part of it the first is named', when: [needs({ min: 2 }), ...ran({ subject: carol }), resolved(1.5, { approver: alice }), two(carol)], expect: 'fires', says: /alice, who approved/ },
  { kind: 'firing', given: 'of two who cannot be told apart the first is named', when: [needs({ min: 2 }), ...ran(), resolved(1.5, { approver: elsewhere }), two({ sub: 'alice', kind: 'user' })], expect: 'fires', severity: 'info', says: /whether al and alice/ },
  { kind: 'firing', given: 'nobody knows whose action it is', when: [needs(), requested(0), started(3), by(ben)], expect: 'fires', severity: 'info', says: /neither who started it is known/ },
  { kind: 'quiet', given: 'only whose authority it uses is known', when: [needs(), requested(0, { subject: alice }), started(3), by(ben)], expect: 'quiet' },
  { kind: 'quiet', given: 'only who started it is known', when: [needs(), requested(0, { initiator: alice }), started(3), by(ben)], expect: 'quiet' },
  { kind: 'boundary', given: 'given within the skew after the start', when: [needs(), ...ran(), resolved(8, { approver: alice })], expect: 'fires' },
  { kind: 'boundary', given: 'given just after that it is no approval: that is DEC-11', when: [needs(), ...ran(), resolved(8.001, { approver: alice })], expect: 'quiet' },
  { kind: 'resolved', given: 'that somebody else approved as well arrives late', when: [needs(), ...ran(), by(alice), two(ben)], expect: 'quiet' },
  { kind: 'resolved', given: 'that it is another person of the same issuer arrives late', when: [inventory, needs(), ...ran(), by(elsewhere), linked(elsewhere, carol)], expect: 'quiet' },
])

import { alice, bot, configured, granted, helper, own, requested } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { notTheDelegate } from './chn-03-not-the-delegate.ts'

const root = { kind: 'root' }
const grant = granted(-9, 'g', root)
const gateway = configured({ producers: [{ id: 'gateway', legs: ['execution'] }] })
const sts = configured({ producers: [{ id: 'sts', legs: ['delegation'] }] })
const retracted = (told: ReturnType<typeof granted>) =>
  own('assertion.retracted', 50, { producer: 'default', positions: [{ log: told.log, from: told.index, to: told.index }], reason: 'wrong', by: alice })

ruleTable('M113: CHN-03', notTheDelegate, [
  { kind: 'firing', given: 'another agent acts', when: [grant, requested(0, { agent: helper, delegation_id: 'g' })], expect: 'fires', says: /^helper acted under delegation g, which was given to refund-bot\.$/ },
  { kind: 'firing', given: 'an agent further up acts under what it passed on', when: [grant, granted(-8, 'h', 'g', { grantor: bot, delegate: helper }), requested(0, { delegation_id: 'h' })], expect: 'fires' },
  { kind: 'quiet', given: 'the delegate acts', when: [grant, requested(0, { delegation_id: 'g' })], expect: 'quiet' },
  { kind: 'quiet', given: 'no delegation', when: [grant, requested(0, { agent: helper })], expect: 'quiet' },
  { kind: 'quiet', given: 'the grant is not known', when: [requested(0, { agent: helper, delegation_id: 'g' })], expect: 'quiet' },
  { kind: 'quiet', given: 'only a stranger says which delegation', when: [gateway, grant, requested(0, { agent: helper, delegation_id: 'g' }), requested(1, { agent: helper }, { producer: 'gateway' })], expect: 'quiet' },
  { kind: 'quiet', given: 'the grant is a stranger\'s', when: [sts, grant, requested(0, { agent: helper, delegation_id: 'g' })], expect: 'quiet' },
  { kind: 'boundary', given: 'another run of the delegate', when: [grant, requested(0, { agent: { ...bot, instance: 'run-7' }, delegation_id: 'g' })], expect: 'quiet' },
  { kind: 'boundary', given: 'a bare id of the same name could be the delegate', when: [grant, requested(0, { agent: { sub: bot.sub, kind: 'agent' }, delegation_id: 'g' })], expect: 'quiet' },
  { kind: 'boundary', given: 'the same name of another issuer', when: [grant, requested(0, { agent: { ...bot, iss: 'https://other.example' }, delegation_id: 'g' })], expect: 'fires' },
  { kind: 'resolved', given: 'the wrong grant is retracted', when: [grant, requested(0, { agent: helper, delegation_id: 'g' }), retracted(grant)], expect: 'quiet' },
])

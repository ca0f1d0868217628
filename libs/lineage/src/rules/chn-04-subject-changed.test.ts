import { alice, ben, bot, granted, helper, requested } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { subjectChanged } from './chn-04-subject-changed.ts'

const root = { kind: 'root' }
const grant = granted(-9, 'g', root)
const account = { iss: 'https://payments.example', sub: 'acc-7', kind: 'user' }
const exchange = { from_trust_domain: 'login.example', to_trust_domain: 'payments.example' }
const second = (subject: object, data: object = {}) => granted(-8, 'h', 'g', { grantor: bot, delegate: helper, subject, ...data })
const under = (id: string, data: object = {}) => requested(0, { agent: id === 'g' ? bot : helper, delegation_id: id, ...data })

ruleTable(subjectChanged, [
  { kind: 'firing', given: 'the action uses somebody else\'s authority', when: [grant, under('g', { subject: ben })], then: 'fires', says: /^It uses the authority of ben; delegation g began with that of alice/ },
  { kind: 'firing', given: 'a hop changes it without an exchange', when: [grant, second(ben), under('h')], then: 'fires' },
  { kind: 'firing', given: 'an exchange maps to another than the action says', when: [grant, second(account, { exchange }), under('h', { subject: ben })], then: 'fires' },
  { kind: 'firing', given: 'it changes first, and is exchanged then', when: [grant, second(ben), granted(-7, 'i', 'h', { grantor: helper, delegate: helper, subject: account, exchange }), under('i')], then: 'fires' },
  { kind: 'quiet', given: 'the root\'s subject', when: [grant, second(alice), under('h', { subject: alice })], then: 'quiet' },
  { kind: 'quiet', given: 'nobody is named', when: [grant, under('g')], then: 'quiet' },
  { kind: 'quiet', given: 'an exchange maps it', when: [grant, second(account, { exchange }), under('h', { subject: account })], then: 'quiet' },
  { kind: 'quiet', given: 'the root is not known', when: [granted(-8, 'h', 'lost', { delegate: helper }), under('h', { subject: ben })], then: 'quiet' },
  { kind: 'quiet', given: 'no delegation', when: [requested(0, { subject: ben })], then: 'quiet' },
  { kind: 'boundary', given: 'a bare id of the same name could be the subject', when: [grant, under('g', { subject: { sub: 'alice', kind: 'user' } })], then: 'quiet' },
  { kind: 'boundary', given: 'a bare id of another name', when: [grant, under('g', { subject: { sub: 'ben', kind: 'user' } })], then: 'fires' },
  { kind: 'resolved', given: 'an earlier grant of that id with the exchange arrives late', when: [grant, second(account), under('h'), granted(-8.5, 'h', 'g', { grantor: bot, delegate: helper, subject: account, exchange })], then: 'quiet' },
])

import { alice, ben, bot, configured, granted, helper, requested } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { subjectChanged } from './chn-04-subject-changed.ts'

const root = { kind: 'root' }
const grant = granted(-9, 'g', root)
const account = { iss: 'https://payments.example', sub: 'acc-7', kind: 'user' }
const exchange = { from_trust_domain: 'login.example', to_trust_domain: 'payments.example' }
const second = (subject: object, data: object = {}) => granted(-8, 'h', 'g', { grantor: bot, delegate: helper, subject, ...data })
const under = (id: string, data: object = {}) => requested(0, { agent: id === 'g' ? bot : helper, delegation_id: id, ...data })

ruleTable('M114: CHN-04', subjectChanged, [
  { kind: 'firing', given: 'the action uses somebody else\'s authority', when: [grant, under('g', { subject: ben })], expect: 'fires', says: /^It uses the authority of ben; delegation g began with that of alice/ },
  { kind: 'firing', given: 'a hop changes it without an exchange', when: [grant, second(ben), under('h')], expect: 'fires', says: /delegation g began with that of alice/ },
  { kind: 'firing', given: 'an exchange maps to another than the action says', when: [grant, second(account, { exchange }), under('h', { subject: ben })], expect: 'fires' },
  { kind: 'firing', given: 'it changes first, and is exchanged then', when: [grant, second(ben), granted(-7, 'i', 'h', { grantor: helper, delegate: helper, subject: account, exchange }), under('i')], expect: 'fires' },
  { kind: 'quiet', given: 'the root\'s subject', when: [grant, second(alice), under('h', { subject: alice })], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody is named', when: [grant, under('g')], expect: 'quiet' },
  { kind: 'quiet', given: 'an exchange maps it', when: [grant, second(account, { exchange }), under('h', { subject: account })], expect: 'quiet' },
  { kind: 'quiet', given: 'the root is not known', when: [granted(-8, 'h', 'lost', { delegate: helper }), under('h', { subject: ben })], expect: 'quiet' },
  { kind: 'quiet', given: 'no delegation', when: [requested(0, { subject: ben })], expect: 'quiet' },
  { kind: 'firing', given: 'a hop changes it, whoever says which delegation', when: [configured({ producers: [{ id: 'gateway', legs: ['execution'] }] }), grant, second(ben), under('h')], expect: 'fires' },
  { kind: 'quiet', given: 'only a stranger names another subject', when: [configured({ producers: [{ id: 'gateway', legs: ['execution'] }] }), grant, under('g', { subject: ben })], expect: 'quiet' },
  { kind: 'quiet', given: 'the root itself came by an exchange', when: [granted(-9, 'g', root, { exchange }), under('g', { subject: alice })], expect: 'quiet' },
  { kind: 'quiet', given: 'exchanged twice', when: [grant, second(account, { exchange }), granted(-7, 'i', 'h', { grantor: helper, delegate: helper, subject: ben, exchange }), under('i', { subject: ben })], expect: 'quiet' },
  { kind: 'boundary', given: 'a bare id of the same name could be the subject', when: [grant, under('g', { subject: { sub: 'alice', kind: 'user' } })], expect: 'quiet' },
  { kind: 'boundary', given: 'a bare id of another name', when: [grant, under('g', { subject: { sub: 'ben', kind: 'user' } })], expect: 'fires' },
  { kind: 'resolved', given: 'an earlier grant of that id with the exchange arrives late', when: [grant, second(account), under('h'), granted(-8.5, 'h', 'g', { grantor: bot, delegate: helper, subject: account, exchange })], expect: 'quiet' },
])

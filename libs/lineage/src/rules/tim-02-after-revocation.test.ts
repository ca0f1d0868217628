import { ruleTable } from '../testing/rule-table.ts'
import { alice, bot, completed, configured, granted, helper, requested, revoked, started, tell } from '../testing/tell.ts'
import { afterRevocation } from './tim-02-after-revocation.ts'

const chain = [granted(0, 'root', { kind: 'root' }, { delegate: helper }), granted(0, 'g', 'root', { grantor: helper, delegate: bot })]
const ran = (seconds: number, data: object = { delegation_id: 'g' }) => [requested(seconds, data), started(seconds), completed(seconds + 1)]
const credentialRevoked = (seconds: number, producer = 'default') =>
  tell('credential.revoked', seconds, { credential_id: 'c', holder: bot, kind: 'key' }, { producer })

// 60 s until everybody knows (budget revocation_propagation_ms), and clocks may differ by 5 s.
ruleTable('M142: TIM-02', afterRevocation, [
  { kind: 'firing', given: 'the delegation was revoked', when: [...chain, revoked(100, 'g', { by: alice }), ...ran(200)], expect: 'fires', says: /delegation g had been revoked by alice at .*:01:40/ },
  { kind: 'firing', given: 'the one above was, with what is below', when: [...chain, revoked(100, 'root'), ...ran(200)], expect: 'fires', says: /delegation root had been revoked at/ },
  { kind: 'firing', given: 'the credential was', when: [credentialRevoked(100), ...ran(200, { credential_id: 'c' })], expect: 'fires', says: /credential c had been revoked/ },
  { kind: 'quiet', given: 'the one above was, without what is below', when: [...chain, revoked(100, 'root', { cascade: false }), ...ran(200)], expect: 'quiet' },
  { kind: 'quiet', given: 'revoked afterwards', when: [...chain, ...ran(200), revoked(210, 'g')], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [...chain, revoked(100, 'g'), requested(200, { delegation_id: 'g' })], expect: 'quiet' },
  { kind: 'quiet', given: 'a stranger says so of an owned leg', when: [configured({ producers: [{ id: 'sts', legs: ['delegation', 'grants'] }] }), credentialRevoked(100), ...ran(200, { credential_id: 'c' })], expect: 'quiet' },
  { kind: 'firing', given: 'its credential was revoked twice: the first counts', when: [credentialRevoked(0), credentialRevoked(190), requested(200, { credential_id: 'c' }), started(200)], expect: 'fires' },
  { kind: 'firing', given: 'credential and delegation were revoked: the first is named', when: [granted(0, 'g', { kind: 'root' }), revoked(20, 'g'), credentialRevoked(10), requested(200, { credential_id: 'c', delegation_id: 'g' }), started(200)], expect: 'fires', says: /credential c had been revoked/ },
  { kind: 'firing', given: 'only the start says which credential', when: [credentialRevoked(100), requested(200), started(200, { credential_id: 'c' })], expect: 'fires' },
  { kind: 'quiet', given: 'only a stranger says which credential', when: [configured({ producers: [{ id: 'runner', legs: ['execution'] }] }), credentialRevoked(100), requested(200, { credential_id: 'c' }), started(200, {}, { producer: 'runner' })], expect: 'quiet' },
  { kind: 'boundary', given: 'as late as may be', when: [...chain, revoked(100, 'g'), ...ran(165)], expect: 'quiet' },
  { kind: 'boundary', given: 'just later', when: [...chain, revoked(100, 'g'), ...ran(165.001)], expect: 'fires' },
  { kind: 'resolved', given: 'an earlier start arrives late', when: [...chain, revoked(100, 'g'), ...ran(200), started(110)], expect: 'quiet' },
])

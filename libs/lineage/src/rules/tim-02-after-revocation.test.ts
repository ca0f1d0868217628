import { ruleTable } from '../testing/rule-table.ts'
import { alice, bot, completed, configured, granted, helper, requested, revoked, started, tell } from '../testing/tell.ts'
import { afterRevocation } from './tim-02-after-revocation.ts'

const chain = [granted(0, 'root', { kind: 'root' }, { delegate: helper }), granted(0, 'g', 'root', { grantor: helper, delegate: bot })]
const ran = (seconds: number, data: object = { delegation_id: 'g' }) => [requested(seconds, data), started(seconds), completed(seconds + 1)]
const credentialRevoked = (seconds: number, producer = 'default') =>
  tell('credential.revoked', seconds, { credential_id: 'c', holder: bot, kind: 'key' }, { producer })

// 60 s until everybody knows (budget revocation_propagation_ms), and clocks may differ by 5 s.
ruleTable(afterRevocation, [
  { kind: 'firing', given: 'the delegation was revoked', when: [...chain, revoked(100, 'g', { by: alice }), ...ran(200)], then: 'fires', says: /delegation g had been revoked by alice at .*:01:40/ },
  { kind: 'firing', given: 'the one above was, with what is below', when: [...chain, revoked(100, 'root'), ...ran(200)], then: 'fires', says: /delegation root had been revoked at/ },
  { kind: 'firing', given: 'the credential was', when: [credentialRevoked(100), ...ran(200, { credential_id: 'c' })], then: 'fires', says: /credential c had been revoked/ },
  { kind: 'quiet', given: 'the one above was, without what is below', when: [...chain, revoked(100, 'root', { cascade: false }), ...ran(200)], then: 'quiet' },
  { kind: 'quiet', given: 'revoked afterwards', when: [...chain, ...ran(200), revoked(210, 'g')], then: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [...chain, revoked(100, 'g'), requested(200, { delegation_id: 'g' })], then: 'quiet' },
  { kind: 'quiet', given: 'a stranger says so of an owned leg', when: [configured({ producers: [{ id: 'sts', legs: ['delegation', 'grants'] }] }), credentialRevoked(100), ...ran(200, { credential_id: 'c' })], then: 'quiet' },
  { kind: 'boundary', given: 'as late as may be', when: [...chain, revoked(100, 'g'), ...ran(165)], then: 'quiet' },
  { kind: 'boundary', given: 'just later', when: [...chain, revoked(100, 'g'), ...ran(165.001)], then: 'fires' },
  { kind: 'resolved', given: 'an earlier start arrives late', when: [...chain, revoked(100, 'g'), ...ran(200), started(110)], then: 'quiet' },
])

import { ruleTable } from '../testing/rule-table.ts'
import { alice, ben, bot, completed, configured, granted, requested, session, started, tell } from '../testing/tell.ts'
import { afterSignal } from './tim-03-after-signal.ts'

const signal = (seconds: number, name: string, principal: object = alice) =>
  tell('signal.received', seconds, { signal: `https://schemas.openid.net/secevent/caep/event-type/${name}`, principal })
const ran = (seconds: number, data: object = {}) => [requested(seconds, { session_id: 's', subject: alice, ...data }), started(seconds), completed(seconds + 1)]
const grant = granted(0, 'g', { kind: 'root' })

ruleTable(afterSignal, [
  { kind: 'firing', given: 'her session was revoked', when: [session(0), signal(100, 'session-revoked'), ...ran(200)], then: 'fires', says: /session-revoked had been signalled for alice at .*:01:40/ },
  { kind: 'firing', given: 'her account was disabled', when: [signal(100, 'account-disabled'), ...ran(200, { session_id: undefined })], then: 'fires', says: /account-disabled/ },
  { kind: 'firing', given: 'of who started it', when: [session(0, { initiator: ben }), signal(100, 'session-revoked', ben), ...ran(200)], then: 'fires', says: /for ben/ },
  { kind: 'firing', given: 'of the agent', when: [signal(100, 'account-purged', bot), ...ran(200)], then: 'fires' },
  { kind: 'firing', given: 'a grant from before, without a session', when: [grant, signal(100, 'session-revoked'), ...ran(200, { delegation_id: 'g', session_id: undefined, subject: undefined })], then: 'fires' },
  { kind: 'quiet', given: 'a session that began after the signal', when: [signal(100, 'session-revoked'), session(150), ...ran(200)], then: 'quiet' },
  { kind: 'quiet', given: 'neither session nor grant is known', when: [signal(100, 'session-revoked'), ...ran(200)], then: 'quiet' },
  {
    kind: 'firing', given: 'a stranger says that the session began after the signal, and the grant is older',
    when: [configured({ producers: [{ id: 'idp', legs: ['initiator'] }] }), grant, signal(100, 'session-revoked'), session(150), ...ran(200, { delegation_id: 'g' })], then: 'fires',
  },
  { kind: 'quiet', given: 'another signal', when: [session(0), signal(100, 'token-claims-change'), ...ran(200)], then: 'quiet' },
  { kind: 'quiet', given: 'about somebody else', when: [session(0), signal(100, 'session-revoked', ben), ...ran(200)], then: 'quiet' },
  { kind: 'quiet', given: 'about a bare id that may be another one\'s', when: [session(0), signal(100, 'account-disabled', { sub: 'alice', kind: 'user' }), ...ran(200)], then: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [session(0), signal(100, 'session-revoked'), requested(200, { session_id: 's', subject: alice })], then: 'quiet' },
  { kind: 'boundary', given: 'as late as may be', when: [session(0), signal(100, 'session-revoked'), ...ran(165)], then: 'quiet' },
  { kind: 'boundary', given: 'just later', when: [session(0), signal(100, 'session-revoked'), ...ran(165.001)], then: 'fires' },
  { kind: 'resolved', given: 'that the account was enabled again arrives late', when: [signal(100, 'account-disabled'), ...ran(200), signal(190, 'account-enabled')], then: 'quiet' },
])

import { ruleTable } from '../testing/rule-table.ts'
import { alice, ben, bot, completed, configured, granted, requested, session, started, tell } from '../testing/tell.ts'
import { afterSignal } from './tim-03-after-signal.ts'

const signal = (seconds: number, name: string, principal: object = alice) =>
  tell('signal.received', seconds, { signal: `https://schemas.openid.net/secevent/caep/event-type/${name}`, principal })
const ran = (seconds: number, data: object = {}) => [requested(seconds, { session_id: 's', subject: alice, ...data }), started(seconds), completed(seconds + 1)]
const grant = granted(0, 'g', { kind: 'root' })

ruleTable('M143: TIM-03', afterSignal, [
  { kind: 'firing', given: 'her session was revoked', when: [session(0), signal(100, 'session-revoked'), ...ran(200)], expect: 'fires', says: /session-revoked had been signalled for alice at .*:01:40/ },
  { kind: 'firing', given: 'her account was disabled', when: [signal(100, 'account-disabled'), ...ran(200, { session_id: undefined })], expect: 'fires', says: /account-disabled/ },
  { kind: 'firing', given: 'of who started it', when: [session(0, { initiator: ben }), signal(100, 'session-revoked', ben), ...ran(200)], expect: 'fires', says: /for ben/ },
  { kind: 'firing', given: 'of the agent', when: [signal(100, 'account-purged', bot), ...ran(200)], expect: 'fires' },
  { kind: 'firing', given: 'a grant from before, without a session', when: [grant, signal(100, 'session-revoked'), ...ran(200, { delegation_id: 'g', session_id: undefined, subject: undefined })], expect: 'fires' },
  { kind: 'quiet', given: 'a session that began after the signal', when: [signal(100, 'session-revoked'), session(150), ...ran(200)], expect: 'quiet' },
  { kind: 'quiet', given: 'neither session nor grant is known', when: [signal(100, 'session-revoked'), ...ran(200)], expect: 'quiet' },
  {
    kind: 'firing', given: 'a stranger says that the session began after the signal, and the grant is older',
    when: [configured({ producers: [{ id: 'idp', legs: ['initiator'] }] }), grant, signal(100, 'session-revoked'), session(150), ...ran(200, { delegation_id: 'g' })], expect: 'fires',
  },
  { kind: 'quiet', given: 'another signal', when: [session(0), signal(100, 'token-claims-change'), ...ran(200)], expect: 'quiet' },
  { kind: 'quiet', given: 'about somebody else', when: [session(0), signal(100, 'session-revoked', ben), ...ran(200)], expect: 'quiet' },
  { kind: 'quiet', given: 'about a bare id that may be another one\'s', when: [session(0), signal(100, 'account-disabled', { sub: 'alice', kind: 'user' }), ...ran(200)], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [session(0), signal(100, 'session-revoked'), requested(200, { session_id: 's', subject: alice })], expect: 'quiet' },
  { kind: 'firing', given: 'two signals: the first is named', when: [signal(100, 'account-disabled'), signal(110, 'account-purged'), ...ran(200)], expect: 'fires', says: /account-disabled had been signalled/ },
  { kind: 'firing', given: 'a session that its owner tells', when: [configured({ producers: [{ id: 'idp', legs: ['initiator'] }] }), session(0, {}, { producer: 'idp' }), signal(100, 'session-revoked'), ...ran(200)], expect: 'fires' },
  { kind: 'firing', given: 'two people: who was signalled first is named', when: [session(0, { initiator: ben }), signal(110, 'session-revoked'), signal(100, 'session-revoked', ben), ...ran(200)], expect: 'fires', says: /for ben/ },
  { kind: 'quiet', given: 'what is only spelled like something else', when: [session(0), signal(100, 'toString'), ...ran(200)], expect: 'quiet' },
  { kind: 'quiet', given: 'its own grant is from after the signal', when: [grant, granted(150, 'h', 'g', { grantor: bot }), signal(100, 'session-revoked'), ...ran(200, { delegation_id: 'h', session_id: undefined, subject: undefined })], expect: 'quiet' },
  { kind: 'boundary', given: 'a session that began at that moment', when: [session(100), signal(100, 'session-revoked'), ...ran(200)], expect: 'fires' },
  { kind: 'boundary', given: 'as late as may be', when: [session(0), signal(100, 'session-revoked'), ...ran(165)], expect: 'quiet' },
  { kind: 'boundary', given: 'just later', when: [session(0), signal(100, 'session-revoked'), ...ran(165.001)], expect: 'fires' },
  { kind: 'resolved', given: 'that the account was enabled again arrives late', when: [signal(100, 'account-disabled'), ...ran(200), signal(190, 'account-enabled')], expect: 'quiet' },
])

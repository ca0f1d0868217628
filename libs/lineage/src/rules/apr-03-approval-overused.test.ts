import { ruleTable } from '../testing/rule-table.ts'
import { asked, at, ben, completed, decided, requested, resolved, session, started, tell, without } from '../testing/tell.ts'
import { approvalOverused } from './apr-03-approval-overused.ts'

const args = (letter: string) => ({ arguments_digest: `sha-256:${letter.repeat(64)}` })
const ran = (seconds: number, data: object = {}) => [requested(0), started(seconds, data), completed(seconds + 1)]
/** Another action that names the approval, and starts at a time. */
const other = (action_id: string, seconds: number, data: object = {}) => [requested(0, { action_id, approval_id: 'ap' }), started(seconds, { action_id }), completed(seconds + 1, { action_id, ...data })]
const named = (seconds: number) => [requested(0, { approval_id: 'ap' }), started(seconds)]
const shared = (data: object) => without(resolved(1, data), 'action_id')

// Clocks may differ by 5 s.
ruleTable('M183: APR-03', approvalOverused, [
  { kind: 'firing', given: 'good until a time that had passed', when: [resolved(1, { scope: 'until', expires_at: at(60) }), ...ran(100)], expect: 'fires', says: /^It started at .*:01:40.*; the approval of .*:01.* was good until .*:01:00/ },
  { kind: 'firing', given: 'good until the time that was asked for', when: [asked(0, { expires_at: at(60) }), resolved(1, { scope: 'until' }), ...ran(100)], expect: 'fires' },
  { kind: 'firing', given: 'given after what was asked had expired', when: [asked(0, { expires_at: at(60) }), resolved(90), ...ran(100)], expect: 'fires', says: /came after what was asked had expired/ },
  { kind: 'firing', given: 'its session had ended', when: [session(0), tell('session.ended', 50, { session_id: 's' }), resolved(1, { scope: 'session' }), requested(0, { session_id: 's' }), started(100)], expect: 'fires', says: /its session, which had ended/ },
  { kind: 'firing', given: 'for another session', when: [resolved(1, { scope: 'session', session_id: 't' }), requested(0, { session_id: 's' }), started(2, { session_id: 's' })], expect: 'fires', says: /session t only/ },
  { kind: 'firing', given: 'for other arguments', when: [resolved(1, args('a')), ...ran(2, args('b'))], expect: 'fires', says: /was for other arguments \(sha-256:a+\) than ran \(sha-256:b+\)/ },
  { kind: 'firing', given: 'other arguments were asked about', when: [asked(0, args('a')), resolved(1), ...ran(2, args('b'))], expect: 'fires' },
  { kind: 'firing', given: 'used once more than it may be', when: [shared({ max_uses: 2 }), ...other('b', 10), ...other('c', 20), ...named(30)], expect: 'fires', says: /may be used 2 times, and this is use 3/ },
  { kind: 'firing', given: 'once, and used before', when: [shared({ scope: 'once' }), ...other('b', 10), ...named(30)], expect: 'fires', says: /may be used once, and this is use 2/ },
  { kind: 'firing', given: 'one of two that are needed had expired', when: [decided(1, { requires_approval: { min: 2 } }), resolved(1), resolved(2, { approval_id: 'ap2', approver: { ...ben, sub: 'carol' }, scope: 'until', expires_at: at(60) }), ...ran(100)], expect: 'fires' },
  { kind: 'quiet', given: 'used as often as it may be', when: [shared({ max_uses: 3 }), ...other('b', 10), ...other('c', 20), ...named(30)], expect: 'quiet' },
  { kind: 'quiet', given: 'others use it later', when: [shared({ max_uses: 2 }), ...other('b', 40), ...other('c', 50), ...named(30)], expect: 'quiet' },
  { kind: 'quiet', given: 'what is blocked does not use it', when: [shared({ max_uses: 2 }), ...other('b', 10, { status: 'blocked' }), ...other('c', 20), ...named(30)], expect: 'quiet' },
  { kind: 'quiet', given: 'once, and used once', when: [resolved(1, { scope: 'once' }), ...named(30)], expect: 'quiet' },
  { kind: 'quiet', given: 'once, and used by another one later', when: [shared({ scope: 'once' }), ...named(30), ...other('b', 40)], expect: 'quiet' },
  { kind: 'quiet', given: 'once, with what was asked expiring after it was given', when: [asked(0, { expires_at: at(60) }), resolved(1, { scope: 'once' }), ...ran(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'digests of different projections do not compare', when: [resolved(1, { ...args('a'), arguments_projection: 'no-iban' }), ...ran(2, args('b'))], expect: 'quiet' },
  { kind: 'quiet', given: 'the arguments that ran', when: [resolved(1, args('a')), ...ran(2, args('a'))], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [resolved(1, { scope: 'until', expires_at: at(60) }), requested(100)], expect: 'quiet' },
  { kind: 'firing', given: 'two are flawed: the first is named', when: [resolved(1, { scope: 'until', expires_at: at(60) }), resolved(2, { approval_id: 'ap2', scope: 'until', expires_at: at(70) }), ...ran(100)], expect: 'fires', says: /the approval of 2026-11-24T09:00:01Z was good until/ },
  { kind: 'firing', given: 'asked for in another session', when: [asked(0, { session_id: 't' }), resolved(1, { scope: 'session' }), requested(0, { session_id: 's' }), started(2)], expect: 'fires', says: /session t only/ },
  { kind: 'firing', given: 'other arguments twice: the first are named', when: [resolved(1, args('a')), requested(0), started(2, args('b')), completed(3, args('c'))], expect: 'fires', says: /than ran \(sha-256:b+\)/ },
  { kind: 'quiet', given: 'once, given in another session', when: [resolved(1, { scope: 'once', session_id: 't' }), requested(0, { session_id: 's' }), started(2)], expect: 'quiet' },
  { kind: 'quiet', given: 'for this session', when: [resolved(1, { scope: 'session', session_id: 's' }), requested(0, { session_id: 's' }), started(2)], expect: 'quiet' },
  { kind: 'quiet', given: 'for a session, and nobody says in which it ran', when: [resolved(1, { scope: 'session', session_id: 't' }), ...ran(2)], expect: 'quiet' },
  { kind: 'quiet', given: 'the approval says for which arguments, whatever was asked', when: [asked(0, args('b')), resolved(1, args('a')), ...ran(2, args('a'))], expect: 'quiet' },
  { kind: 'firing', given: 'once for the call, and two others started at one time before', when: [shared({ max_uses: 1 }), ...other('b', 30), ...named(30).slice(0, 1), started(31)], expect: 'fires' },
  { kind: 'firing', given: 'another one that has only ended used it', when: [shared({ scope: 'once' }), requested(0, { action_id: 'b', approval_id: 'ap' }), completed(10, { action_id: 'b' }), ...named(30)], expect: 'fires' },
  { kind: 'firing', given: 'another one that has only started used it', when: [shared({ scope: 'once' }), requested(0, { action_id: 'b', approval_id: 'ap' }), started(10, { action_id: 'b' }), ...named(30)], expect: 'fires' },
  { kind: 'firing', given: 'asked twice under one id: the first is what was asked', when: [asked(0, { expires_at: at(60) }), asked(1, { expires_at: at(900) }), resolved(90), ...ran(100)], expect: 'fires' },
  { kind: 'quiet', given: 'any number of times, and others used it', when: [shared({ scope: 'until', expires_at: at(900) }), ...other('b', 10), ...named(30)], expect: 'quiet' },
  { kind: 'boundary', given: 'another one started at that moment, and comes first by its key', when: [shared({ scope: 'once' }), ...other('0', 30), ...named(30)], expect: 'fires' },
  { kind: 'boundary', given: 'another one started at that moment, and comes second', when: [shared({ scope: 'once' }), ...other('b', 30), ...named(30)], expect: 'quiet' },
  { kind: 'boundary', given: 'given as late as what was asked allows', when: [asked(0, { expires_at: at(60) }), resolved(65), ...ran(70)], expect: 'quiet' },
  { kind: 'boundary', given: 'given just later', when: [asked(0, { expires_at: at(60) }), resolved(65.001), ...ran(70)], expect: 'fires' },
  { kind: 'boundary', given: 'its session ended within the skew before', when: [session(0), tell('session.ended', 50, { session_id: 's' }), resolved(1, { scope: 'session' }), requested(0, { session_id: 's' }), started(55)], expect: 'quiet' },
  { kind: 'boundary', given: 'its session ended just before that', when: [session(0), tell('session.ended', 50, { session_id: 's' }), resolved(1, { scope: 'session' }), requested(0, { session_id: 's' }), started(55.001)], expect: 'fires' },
  { kind: 'boundary', given: 'started as late as may be', when: [resolved(1, { scope: 'until', expires_at: at(60) }), ...ran(65)], expect: 'quiet' },
  { kind: 'boundary', given: 'just later', when: [resolved(1, { scope: 'until', expires_at: at(60) }), ...ran(65.001)], expect: 'fires' },
  { kind: 'resolved', given: 'another approval, for these arguments, arrives late', when: [resolved(1, args('a')), ...ran(2, args('b')), resolved(1.5, { ...args('b'), approval_id: 'ap2' })], expect: 'quiet' },
])

import { at, bot, configured, session, tell, ticked } from '../testing/tell.ts'
import { subjectTable } from '../testing/subject-table.ts'
import { grantOutlivesSession } from './tim-05-grant-outlives-session.ts'

const vault = { producer: 'vault' }
const armed = configured({ producers: [{ id: 'vault', legs: ['grants'], delay_ms: 10_000 }], budgets: { revocation_propagation_ms: 25_000 } })
const activated = (data: object = {}) => tell('grant.activated', 0, { grant_id: 'j', agent: bot, session_id: 's', ...data }, vault)
const withdrawn = (seconds: number) => tell('grant.withdrawn', seconds, { grant_id: 'j', agent: bot }, vault)
const ended = (seconds: number, attributes = {}) => tell('session.ended', seconds, { session_id: 's' }, attributes)
const given = [armed, session(-10), activated()]
const chat = configured({ producers: [{ id: 'vault', legs: ['grants'] }, { id: 'chat', legs: ['initiator'] }] })

// The session ends after 60 s; it may take 25 s to tell, and the skew is 5 s.
subjectTable('M145: TIM-05', grantOutlivesSession, [
  { kind: 'firing', given: 'the session ended, and the grant did not', when: [...given, ended(60), ticked(200)], expect: 'fires', of: 'j', says: /^Session s ended at .*09:01:00Z, and of grant j to refund-bot no withdrawal has been received\.$/ },
  { kind: 'firing', given: 'it expires much later', when: [armed, session(-10), activated({ expires_at: at(900) }), ended(60), ticked(200)], expect: 'fires', says: /no withdrawal has been received; it expires at/ },
  { kind: 'quiet', given: 'it was withdrawn with the session', when: [...given, ended(60), withdrawn(61), ticked(200)], expect: 'quiet' },
  { kind: 'quiet', given: 'it had expired', when: [armed, session(-10), activated({ expires_at: at(50) }), ended(60), ticked(200)], expect: 'quiet' },
  { kind: 'quiet', given: 'the session goes on', when: [...given, ticked(200)], expect: 'quiet' },
  { kind: 'quiet', given: 'it was activated for no session', when: [armed, session(-10), activated({ session_id: undefined }), ended(60), ticked(200)], expect: 'quiet' },
  { kind: 'quiet', given: 'a stranger says that the session ended', when: [chat, session(-10, {}, { producer: 'chat' }), activated(), ended(60), ticked(200)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody is registered for grants', when: [session(-10), activated(), ended(60), ticked(200)], expect: 'quiet' },
  { kind: 'provisional', given: 'the vault may take longer', when: [configured({ producers: [{ id: 'vault', legs: ['grants'], delay_ms: 1_000_000 }], budgets: { revocation_propagation_ms: 25_000 } }), session(-10), activated(), ended(60), ticked(200)], expect: 'provisional' },
  { kind: 'boundary', given: 'withdrawn just in time', when: [...given, ended(60), withdrawn(90), ticked(200)], expect: 'quiet' },
  { kind: 'boundary', given: 'withdrawn too late', when: [...given, ended(60), withdrawn(90.001)], expect: 'fires', says: /the withdrawal is from .*09:01:30.001Z only\.$/ },
  { kind: 'boundary', given: 'the deadline has not passed', when: [...given, ended(60), ticked(89.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has passed, and the delay has not', when: [...given, ended(60), ticked(99.999)], expect: 'provisional' },
  { kind: 'resolved', given: 'the withdrawal arrives late', when: [...given, ended(60), ticked(200), withdrawn(70)], expect: 'quiet' },
])

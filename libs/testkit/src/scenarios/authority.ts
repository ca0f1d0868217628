import type { EventData } from '@onbehalf/events'
import { sources, type Storyteller } from './storyteller.ts'

type Session = Pick<EventData['session.started'], 'session_id' | 'agent' | 'purpose'>
  & Required<Pick<EventData['session.started'], 'initiator'>>

/** Tells that an agent begins to work for somebody who is there and has asked it to. */
export function tellSession(story: Storyteller, seconds: number, session: Session): void {
  const { session_id, agent, initiator, purpose } = session
  story.say(seconds, sources.agents, 'session.started', {
    session_id, agent, initiator, trigger: 'interactive', ...(purpose !== undefined && { purpose }),
  })
}

type Granted = EventData['delegation.granted']

/** Who, to whom and for what is always said by the story; the rest only where it is not as usual. */
type Delegation = Pick<Granted, 'delegation_id' | 'grantor' | 'delegate'> & Required<Pick<Granted, 'scope'>>
  & Partial<Pick<Granted, 'parent' | 'subject' | 'expires_at' | 'max_depth' | 'mode' | 'purpose'>>

/**
 * Tells that somebody lets another act. Unless the story says otherwise, the authority is the grantor's own, ends one
 * hour after the beginning of the story, and cannot be passed on. Who passes on somebody else's names `parent` and
 * `subject`.
 */
export function tellDelegation(story: Storyteller, seconds: number, delegation: Delegation): void {
  const { delegation_id, parent = { kind: 'root' }, grantor, delegate, subject = grantor, scope, purpose } = delegation
  const { expires_at = story.at(3_600), max_depth = 0, mode = 'delegation' } = delegation
  story.say(seconds, sources.authorization, 'delegation.granted', {
    delegation_id, parent, grantor, delegate, subject, scope, expires_at, max_depth, mode,
    ...(purpose !== undefined && { purpose }),
  })
}

import { tellDelegation, tellSession } from './authority.ts'
import { ordinaryTruth, refundOf, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario, Truth } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice } = cast

/** Silence of a source that is known to be silent is not yet the absence of what it would have said. */
export const silentSource: Scenario = {
  name: 'silent-source',
  title: 'The policy engine fell silent, and a refund ran without its word',
  story:
    'The policy engine says every minute that it is alive, and by when it will say so again. It permitted one refund; two '
    + 'minutes later its heartbeat stopped. A second refund then ran, and no decision of it is known. Whether there was none, '
    + 'or it waits on a machine that cannot send, nobody can say yet, and so the gap is shown as provisional.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, own, at, say } = story
    const agent = own(cast.refundBot)
    const session_id = id('ses')
    const delegation_id = id('del-alice')
    const policyEngine = id('urn:example:opa-eu-2')
    const common = { session_id, agent, subject: alice, delegation_id, decidedBy: policyEngine }
    const decided: Run = { ...common, ...refundOf('42', 90), action_id: id('act-refund-decided') }
    const undecided: Run = { ...common, ...refundOf('43', 1_800), action_id: id('act-refund-undecided'), decision: null }
    const beat = (seconds: number) =>
      say(seconds, policyEngine, 'source.heartbeat', { watermark: at(seconds), next_before: at(seconds + 70) })

    beat(0)
    tellSession(story, 1, { session_id, agent, initiator: alice, purpose: 'Work through the open complaints' })
    tellDelegation(story, 2, {
      delegation_id, grantor: alice, delegate: agent,
      scope: { actions: ['stripe.refund'], resources: ['customer/*'] },
    })
    tellRun(story, 30, decided)
    beat(60)
    beat(120)
    tellRun(story, 240, undecided)
    say(600, sources.agents, 'session.ended', { session_id, reason: 'done' })

    const producer = id('opa-eu-2')
    const truth = (run: Run, legs: Partial<Truth['legs']>) =>
      ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id], legs })
    return {
      events,
      session_id,
      trace_id,
      actions: [
        {
          id: undecided.action_id,
          what: 'the refund of which no decision is known',
          truth: {
            ...truth(undecided, { decision: 'missing' }), decision: null, agreement: 'undetermined', findings: ['DEC-02'],
          },
        },
        {
          id: decided.action_id,
          what: 'the refund that was decided while all was well',
          truth: truth(decided, { decision: 'observed' }),
        },
      ],
      config: {
        producers: [{ id: producer, sources: [policyEngine], legs: ['decision', 'heartbeat'], agents: [agent.sub], delay_ms: 1_000 }],
      },
      producers: { [policyEngine]: producer },
      findings: [`DEC-02:${undecided.action_id}`, `INT-04:${policyEngine}`],
      never_final: ['DEC-02'],
    }
  },
}

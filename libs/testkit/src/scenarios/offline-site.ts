import { tellDelegation, tellSession } from './authority.ts'
import { ordinaryTruth, tellExecution, tellRequest, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, tellStory } from './storyteller.ts'

const { ingrid, pumps, tankGauges } = cast

/** Who says beforehand that he will be away is not missing. What he brings back counts from when it happened. */
export const offlineSite: Scenario = {
  name: 'offline-site',
  title: 'A ship went out of reach, and told three days later what had been decided and seen',
  story:
    'On leaving port, the ship\'s policy engine and its gauges said that they would be out of reach. At sea the ballast bot '
    + 'moved water between two tanks; its own short messages came over satellite, the decision and the gauges\' reading stayed '
    + 'on board. On the third day, back in port, the ship sent them. In between they were awaited, and never said to be absent.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, own, at, say } = story
    const agent = own(cast.ballastBot)
    const delegation_id = id('del-ingrid')
    const ship = id('urn:example:ship-aurora')
    // Less than the 72 hours for which an absence may be held open at most.
    const backInPort = 70 * 3_600
    const run: Run = {
      action_id: id('act-ballast'), session_id: id('ses'), agent, subject: ingrid, delegation_id,
      operation: 'ballast.transfer', resource: { type: 'tank', id: '7', system: 'pumps' },
      args: { from: 'tank/7', to: 'tank/8', cubic_metres: 120 }, executor: pumps, policy: 'stability', decidedBy: ship,
    }
    tellDelegation(story, 0, {
      delegation_id, grantor: ingrid, delegate: agent,
      scope: { actions: ['ballast.*'], resources: ['tank/*'] }, expires_at: at(5 * 86_400),
      purpose: 'Keep her upright until she is back',
    })
    say(60, ship, 'source.heartbeat', { watermark: at(60), offline_since: at(60) })
    tellSession(story, 3_600, { session_id: run.session_id, agent, initiator: ingrid, purpose: 'Correct the list to port' })
    tellRequest(story, 3_605, run)
    const decision = events.at(-1)!
    tellExecution(story, 3_605.1, run)
    const outcome = say(5_400, ship, 'outcome.observed', {
      outcome_id: id('out'), action_id: run.action_id, observer: tankGauges, observed_effect: 'occurred', resource: run.resource,
      text: 'Tank 7 is 120 cubic metres lower, tank 8 higher',
    })
    say(backInPort, ship, 'source.heartbeat', { watermark: at(backInPort) })

    const producer = id('ship-aurora')
    return {
      events,
      session_id: run.session_id,
      trace_id,
      actions: [{
        id: run.action_id,
        what: 'the transfer at sea',
        truth: ordinaryTruth(run, {
          initiator: ingrid.sub, chain: [delegation_id], legs: { decision: 'observed', outcome: 'observed' },
        }),
      }],
      config: {
        producers: [{ id: producer, sources: [ship], legs: ['decision', 'outcome', 'heartbeat'], agents: [agent.sub], delay_ms: 1_000 }],
      },
      producers: { [ship]: producer },
      findings: [],
      arrivals: { [decision.id]: at(backInPort), [outcome.id]: at(backInPort) },
      never_final: ['DEC-02', 'INT-04', 'INT-05', 'OUT-02'],
    }
  },
}

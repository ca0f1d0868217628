import { tellDelegation, tellSession } from './authority.ts'
import { ordinaryTruth, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice, crm } = cast

/** An inventory is only worth what it would notice. */
export const unregisteredAgent: Scenario = {
  name: 'unregistered-agent',
  title: 'An agent that is in no inventory read a customer\'s file',
  story:
    'The house keeps an inventory of its agents, and has said that this is where they must be. Alice tried a report bot that '
    + 'a colleague had passed on to her. It read one customer\'s file, with her authority and with policy\'s permit. But nobody '
    + 'owns it, nobody answers for it, and nobody has said what it is for.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, own, say } = story
    const agent = own(cast.reportBot)
    const delegation_id = id('del-alice')
    const run: Run = {
      action_id: id('act-read'), session_id: id('ses'), agent, subject: alice, delegation_id,
      operation: 'crm.read', side_effect: 'read', resource: { type: 'customer', id: '42', system: 'crm' },
      args: { customer: '42', fields: ['name', 'orders'] }, executor: crm, policy: 'crm-access',
    }
    tellSession(story, 0, { session_id: run.session_id, agent, initiator: alice, purpose: 'Try the report bot' })
    tellDelegation(story, 1, {
      delegation_id, grantor: alice, delegate: agent,
      scope: { actions: ['crm.read'], resources: ['customer/*'] },
    })
    tellRun(story, 5, run)
    say(300, sources.agents, 'session.ended', { session_id: run.session_id, reason: 'done' })
    return {
      events,
      session_id: run.session_id,
      trace_id,
      actions: [{
        id: run.action_id,
        what: 'the file that it read',
        truth: { ...ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id] }), findings: ['AGT-01'] },
      }],
      config: {
        producers: [{ id: id('inventory'), sources: [sources.inventory], legs: ['inventory'], agents: [agent.sub], delay_ms: 1_000 }],
      },
      findings: [`AGT-01:${agent.iss}|${agent.sub}`],
    }
  },
}

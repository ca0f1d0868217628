import { ordinaryTruth, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { crm, dataTeam } = cast

/** People leave, their agents stay. */
export const orphanedAgent: Scenario = {
  name: 'orphaned-agent',
  title: 'Its sponsor left in the afternoon, and the clean-up bot ran that night all the same',
  story:
    'Carla answers for the clean-up bot, which deletes stale leads every night at a fixed hour. In the afternoon her account '
    + 'was closed; she has left. The next night the bot ran as it always does. The data team still owns it, but the one person '
    + 'who was accountable for it is gone, and nobody has taken her place.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, own, say } = story
    const agent = own(cast.cleanupBot)
    const sponsor = own(cast.carla)
    const schedule = id('nightly-clean-up')
    const night = (action_id: string, session_id: string): Run => ({
      action_id, session_id, agent, operation: 'crm.delete_stale', resource: { type: 'table', id: 'leads', system: 'crm' },
      args: { older_than_days: 400 }, executor: crm, policy: 'retention',
    })
    const before = night(id('act-clean-up-before'), id('ses-before'))
    const after = night(id('act-clean-up-after'), id('ses-after'))
    const tellNight = (seconds: number, run: Run) => {
      say(seconds, sources.agents, 'session.started', { session_id: run.session_id, agent, trigger: 'schedule', trigger_ref: schedule })
      tellRun(story, seconds + 2, run)
      say(seconds + 300, sources.agents, 'session.ended', { session_id: run.session_id, reason: 'done' })
    }
    say(0, sources.inventory, 'agent.registered', {
      agent, owner: dataTeam, sponsor, purpose: 'Deletes leads that nobody has touched for 400 days', systems: ['crm'],
    })
    tellNight(3_600, before)
    say(16 * 3_600, sources.identity, 'signal.received', {
      signal: 'https://schemas.openid.net/secevent/risc/event-type/account-disabled', principal: sponsor, cause: 'Left the company',
    })
    tellNight(25 * 3_600, after)

    const producer = id('inventory')
    const truth = (run: Run) => ordinaryTruth(run, { initiator: schedule, chain: [] })
    return {
      events,
      session_id: after.session_id,
      trace_id,
      actions: [
        { id: after.action_id, what: 'the night after she had left', truth: { ...truth(after), findings: ['AGT-02'] } },
        { id: before.action_id, what: 'the night before', truth: truth(before) },
      ],
      config: {
        producers: [{
          id: producer, sources: [sources.inventory, sources.identity], legs: ['inventory'], agents: [agent.sub], delay_ms: 1_000,
        }],
      },
      producers: { [sources.inventory]: producer, [sources.identity]: producer },
      findings: [`AGT-02:${agent.iss}|${agent.sub}`],
    }
  },
}

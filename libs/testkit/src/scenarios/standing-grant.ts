import { tellDelegation, tellSession } from './authority.ts'
import { ordinaryTruth, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice, database } = cast

/** Access that was to last for a quarter of an hour and was never taken back: only its absence tells. */
export const standingGrant: Scenario = {
  name: 'standing-grant',
  title: 'Access for a quarter of an hour was still alive, and used, an hour later',
  story:
    'To mend one table, Alice\'s database bot was given access to the production database for fifteen minutes. The access '
    + 'desk, which tells of every withdrawal, told of none. An hour later the bot read the customers\' table through the same '
    + 'door. No rule of policy was broken: the door should no longer have been there.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, own, at, say } = story
    const agent = own(cast.databaseBot)
    const delegation_id = id('del-alice')
    const grant_id = id('gra')
    const run: Run = {
      action_id: id('act-read'), session_id: id('ses'), agent, subject: alice, delegation_id,
      operation: 'database.read', side_effect: 'read',
      resource: { type: 'table', id: 'customers', system: 'database', environment: 'production' },
      args: { table: 'customers', columns: ['email'] }, executor: database, policy: 'database-access',
    }
    tellDelegation(story, 0, {
      delegation_id, grantor: alice, delegate: agent,
      scope: { actions: ['database.*'], resources: ['table/*'] }, expires_at: at(8 * 3_600),
    })
    say(60, sources.grants, 'grant.activated', {
      grant_id, agent, delegation_id, scope: { actions: ['database.*'], resources: ['table/*'] }, not_before: at(60),
      withdrawal_due: at(960), justification: 'Mend the index of one table', ticket: 'CHG-1203',
    })
    tellSession(story, 3_600, { session_id: run.session_id, agent, initiator: alice })
    tellRun(story, 3_605, run)
    const producer = id('access-desk')
    return {
      events,
      session_id: run.session_id,
      trace_id,
      actions: [{
        id: run.action_id,
        what: 'what it read an hour later',
        truth: { ...ordinaryTruth(run, { initiator: alice.sub, chain: [delegation_id] }), findings: ['TIM-04'] },
      }],
      config: { producers: [{ id: producer, sources: [sources.grants], legs: ['grants'], agents: [agent.sub], delay_ms: 1_000 }] },
      producers: { [sources.grants]: producer },
      findings: [`TIM-04:${grant_id}`],
    }
  },
}

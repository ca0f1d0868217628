import { digestOf } from '../digest.ts'
import { tellSession } from './authority.ts'
import { ordinaryTruth, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice, cloudTrail, storage } = cast

/** What nobody reports is seen from the other side: an effect in the cloud with the agent's credential and no action to it. */
export const shadowAction: Scenario = {
  name: 'shadow-action',
  title: 'The cloud saw a copy that the agent never told of',
  story:
    'The backup bot told of one upload, and the cloud\'s own audit feed confirmed it. Four minutes later the feed saw a '
    + 'second write with the same credential, into a bucket that belongs to nobody known. There is no request, no decision and '
    + 'no execution to it. Either the agent hides something, or somebody else holds its key.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, own, at, say } = story
    const agent = own(cast.backupBot)
    const credential_id = digestOf({ access_key: id('key') })
    const run: Run = {
      action_id: id('act-upload'), session_id: id('ses'), agent, credential_id, upstream_request_id: id('req-1'),
      operation: 'storage.put', resource: { type: 'bucket', id: 'backups-eu', system: 'cloud' },
      args: { key: 'daily.tar.zst', bytes: 48_211_003 }, executor: storage, policy: 'backups',
    }
    const observed = { credential_id, observer: cloudTrail, observed_effect: 'occurred' as const }
    say(0, sources.grants, 'credential.issued', {
      credential_id, holder: agent, kind: 'access_key', not_before: at(0), expires_at: at(43_200),
    })
    tellSession(story, 10, { session_id: run.session_id, agent, initiator: alice, purpose: 'Copy the backups of today' })
    tellRun(story, 12, run)
    say(14, sources.cloud, 'outcome.observed', {
      ...observed, outcome_id: id('out-1'), upstream_request_ids: [id('req-1')], resource: run.resource,
      text: 'PutObject backups-eu/daily.tar.zst',
    })
    say(252, sources.cloud, 'outcome.observed', {
      ...observed, outcome_id: id('out-2'), upstream_request_ids: [id('req-2')],
      resource: { type: 'bucket', id: 'xq-7781-tmp', system: 'cloud' }, text: 'PutObject xq-7781-tmp/customers.parquet',
    })
    say(900, sources.agents, 'session.ended', { session_id: run.session_id, reason: 'done' })
    const producer = id('cloud-audit')
    return {
      events,
      session_id: run.session_id,
      trace_id,
      actions: [{
        id: run.action_id,
        what: 'the upload that the agent told of, which is in order',
        truth: ordinaryTruth(run, { initiator: alice.sub, chain: [], legs: { outcome: 'observed' } }),
      }],
      config: {
        producers: [{ id: producer, sources: [sources.cloud], legs: ['outcome'], agents: [agent.sub], delay_ms: 1_000 }],
        rules: { 'OUT-05': { on: true } },
      },
      producers: { [sources.cloud]: producer },
      findings: [`OUT-05:${credential_id}*`],
    }
  },
}

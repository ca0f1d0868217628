import type { PrincipalInput } from '@onbehalf/events'
import { tellDelegation, tellSession } from './authority.ts'
import { ordinaryTruth, tellRun, type Run } from './ordinary-run.ts'
import type { Scenario } from './scenario.ts'
import { cast, sources, tellStory } from './storyteller.ts'

const { alice, parcelHub } = cast

/** Authority crosses from one organisation into another by an exchange that both can show, or it does not cross. */
export const crossDomain: Scenario = {
  name: 'cross-domain',
  title: 'Authority crossed into the carrier\'s domain, once without anybody exchanging it',
  story:
    'Alice\'s shop lets a planning agent order parcels, and that passes the order on to the carrier\'s agent, which lives in '
    + 'another trust domain. For one parcel the shop\'s token was exchanged for one of the carrier\'s, and both sides know of '
    + 'it. For the other it was simply handed over: what the carrier\'s agent did has no authority that its own side vouches for.',
  play(setting) {
    const story = tellStory(setting)
    const { events, trace_id, id, at, say } = story
    const agentOf = (domain: string, path: string, name: string): PrincipalInput =>
      ({ iss: `spiffe://${domain}`, sub: `/agents/${id(path)}`, kind: 'agent', name })
    const planner = agentOf('shop.example', 'planner', 'Planning agent')
    const carrier = agentOf('carrier.example', 'parcels', 'Parcel agent')
    const session_id = id('ses')
    const byAlice = id('del-alice')
    const handedOver = id('del-handed-over')
    const exchanged = id('del-exchanged')
    const run = (action_id: string, order: string, delegation_id: string): Run => ({
      action_id, session_id, agent: carrier, subject: alice, delegation_id, operation: 'parcels.create',
      resource: { type: 'order', id: order, system: 'parcel-hub' }, args: { order, parcels: 1 }, executor: parcelHub, policy: 'shipping',
    })
    const vouched = run(id('act-parcel-vouched'), '881', exchanged)
    const unvouched = run(id('act-parcel-unvouched'), '882', handedOver)
    const child = {
      parent: { kind: 'delegation' as const, delegation_id: byAlice }, grantor: planner, delegate: carrier, subject: alice,
      expires_at: at(1_800), max_depth: 0, mode: 'delegation' as const,
    }
    tellSession(story, 0, { session_id, agent: planner, initiator: alice, purpose: 'Send what was ordered today' })
    tellDelegation(story, 1, {
      delegation_id: byAlice, grantor: alice, delegate: planner,
      scope: { actions: ['parcels.*'], resources: ['order/*'] }, max_depth: 1,
    })
    say(2, sources.authorization, 'delegation.granted', {
      ...child, delegation_id: exchanged, scope: { actions: ['parcels.create'], resources: ['order/881'] },
      exchange: {
        from_trust_domain: 'shop.example', to_trust_domain: 'carrier.example', counterparty_verified: true,
        subject_token: { iss: 'https://tokens.shop.example', jti: id('tok-shop') },
        issued_token: { iss: 'https://tokens.carrier.example', jti: id('tok-carrier') },
      },
    })
    tellRun(story, 5, vouched)
    say(60, sources.authorization, 'delegation.granted', {
      ...child, delegation_id: handedOver, scope: { actions: ['parcels.create'], resources: ['order/882'] },
    })
    tellRun(story, 65, unvouched)
    say(300, sources.agents, 'session.ended', { session_id, reason: 'done' })

    const producer = id('token-service')
    const truth = (each: Run) => ordinaryTruth(each, {
      initiator: alice.sub, chain: [byAlice, each.delegation_id!], legs: { delegation: 'observed' },
    })
    return {
      events,
      session_id,
      trace_id,
      actions: [
        {
          id: unvouched.action_id,
          what: 'the parcel for which nothing was exchanged',
          truth: { ...truth(unvouched), findings: ['DOM-01'] },
        },
        { id: vouched.action_id, what: 'the parcel for which a token was exchanged', truth: truth(vouched) },
      ],
      config: {
        producers: [{
          id: producer, sources: [sources.authorization], legs: ['delegation'], agents: [`${carrier.iss}|${carrier.sub}`], delay_ms: 1_000,
        }],
      },
      producers: { [sources.authorization]: producer },
      findings: [`DOM-01:${unvouched.action_id}`],
    }
  },
}

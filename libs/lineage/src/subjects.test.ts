import { describe, expect, test } from 'vitest'
import { contextKey } from './key.ts'
import {
  agentSubject, delegationSubject, effectSubject, grantSubject, logSubject, sourceSubject,
} from './subjects.ts'
import { tenantOf } from './tenant.ts'
import { alice, at, ben, bot, configured, granted, observed, own, revoked, tell, ticked } from './testing/tell.ts'
import { sha256, world, type Told } from './testing/world.ts'

/** The facts of a world by key, and what holds for its tenant. */
function read(told: readonly Told[]) {
  const { known } = world(told)
  return { known, tenant: tenantOf(known), of: (key: string) => known.facts.get(key) ?? [] }
}

const agentKey = 'agent:https://agents.example|refund-bot'
const owners = configured({
  producers: [
    { id: 'cmdb', legs: ['inventory'] }, { id: 'vault', legs: ['grants'] }, { id: 'sts', legs: ['delegation'] },
    { id: 'chat', legs: ['initiator'] }, { id: 'edge', legs: ['heartbeat'] }, { id: 'ledger', legs: ['outcome'] },
  ],
})
const registered = (seconds: number, data: object = {}, producer = 'cmdb') => tell('agent.registered', seconds, { agent: bot, ...data }, { producer })
const activated = (seconds: number, data: object = {}, producer = 'vault') => tell('grant.activated', seconds, { grant_id: 'j', agent: bot, ...data }, { producer })
const withdrawn = (seconds: number, producer = 'vault') => tell('grant.withdrawn', seconds, { grant_id: 'j', agent: bot }, { producer })
const ended = (seconds: number, producer: string) => tell('session.ended', seconds, { session_id: 's' }, { producer })
const beat = (seconds: number, producer = 'edge') => tell('source.heartbeat', seconds, { watermark: at(seconds) }, { source: 'urn:edge', producer })
const effect = (seconds: number, producer = 'ledger') => observed(seconds, { action_id: undefined, credential_id: 'c' }, { producer })
const retracted = (producer: string) => own('assertion.retracted', 1_000, { producer, reason: 'a test', by: alice })

describe('what a stranger says', () => {
  test('M90: registers no agent, and changes none', () => {
    const { tenant, of } = read([owners, registered(0, { owner: alice }), registered(1, { owner: ben }, 'other'), tell('agent.retired', 2, { agent: bot }, { producer: 'other' })])
    expect(agentSubject(tenant, of(agentKey), [], null)!.record).toMatchObject({ owner: alice, status: 'active' })
    const only = read([owners, registered(0, {}, 'other')])
    expect(agentSubject(only.tenant, only.of(agentKey), [], null)!.record).toMatchObject({ registered: null, status: 'unregistered' })
  })

  test('M90: neither activates nor withdraws a grant, and ends no session', () => {
    const { tenant, of } = read([owners, activated(0), withdrawn(1, 'other'), ended(2, 'other'), ended(3, 'chat')])
    expect(grantSubject(tenant, of('grant:j'), of('session:s'))).toMatchObject({ withdrawn: null, sessionEnd: { time: '2026-11-24T09:00:03Z' } })
    const only = read([owners, activated(0, {}, 'other')])
    expect(grantSubject(only.tenant, only.of('grant:j'), [])).toBeNull()
  })

  test('M90: grants no delegation', () => {
    const { tenant, of } = read([owners, granted(0, 'g', { kind: 'root' }, {}, { producer: 'other' }), granted(1, 'g', { kind: 'root' }, {}, { producer: 'sts' })])
    expect(delegationSubject(tenant, of('delegation:g'), 0)!.grant.time).toBe('2026-11-24T09:00:01Z')
    const only = read([owners, granted(0, 'g', { kind: 'root' }, {}, { producer: 'other' })])
    expect(delegationSubject(only.tenant, only.of('delegation:g'), 0)).toBeNull()
  })

  test('M90: is no heartbeat of another, and no effect', () => {
    const { tenant, known, of } = read([owners, beat(0), beat(5, 'other'), effect(0, 'other')])
    expect(sourceSubject(tenant, known, 'urn:edge', ['edge', 'other'], [], []).beat!.time).toBe('2026-11-24T09:00:00Z')
    const credential = [...known.facts.keys()].find((key) => key.startsWith('outcome:'))!
    expect(effectSubject(tenant, of(credential), [], [agentKey])!.effects).toEqual([])
  })
})

describe('what counts', () => {
  test('M91: a retracted entry makes no subject', () => {
    const { tenant, of } = read([activated(0), granted(0, 'g', { kind: 'root' }, {}, { producer: 'vault' }), registered(0, {}, 'vault'), retracted('vault')])
    expect(grantSubject(tenant, of('grant:j'), [])).toBeNull()
    expect(delegationSubject(tenant, of('delegation:g'), 0)).toBeNull()
    expect(agentSubject(tenant, of(agentKey), [], null)).toBeNull()
  })

  test('M91: nobody retracts that a log does not verify', () => {
    const { tenant, of } = read([own('integrity.failed', 0, { log: 'l', check: 'root' }), retracted('onbehalf')])
    expect(logSubject(tenant, 'l', of('log:l')).failures).toHaveLength(1)
  })

  test('M91: a revocation alone is no delegation, a withdrawal alone no grant', () => {
    const { tenant, of } = read([revoked(0, 'g'), withdrawn(0)])
    expect(delegationSubject(tenant, of('delegation:g'), 0)).toBeNull()
    expect(grantSubject(tenant, of('grant:j'), [])).toBeNull()
  })

  test.each([
    ['withdrawn', [withdrawn(10)], 0], ['without an end', [], 1], ['expired by the horizon', [ticked(60)], 0], ['about to expire', [ticked(59.999)], 1],
  ])('M92: a grant is live until it is withdrawn or expires: %s', (_, told, live) => {
    const expires = told.some((each) => each.event.type.includes('ticked')) ? { expires_at: at(60) } : {}
    const { tenant, of } = read([registered(0), activated(0, expires), ...told])
    expect(agentSubject(tenant, of(agentKey), [of('grant:j')], null)!.liveGrants).toHaveLength(live)
  })

  test.each([
    ['issued to an agent', [tell('credential.issued', 0, { credential_id: 'c', holder: bot, kind: 'api_key' })], [], true],
    ['issued to a person', [tell('credential.issued', 0, { credential_id: 'c', holder: alice, kind: 'api_key' })], [], false],
    ['a person\'s, and used by an agent', [tell('credential.issued', 0, { credential_id: 'c', holder: alice, kind: 'api_key' })], [agentKey], true],
    ['not known', [], [], false],
  ])('M93: an effect is looked at where its credential is an agent\'s: %s', (_, told, users, is) => {
    const { tenant, of, known } = read([effect(1, 'cloud'), ...told])
    const filed = [...known.facts.keys()].find((key) => key.startsWith('outcome:'))!
    expect(effectSubject(tenant, of(filed), of(contextKey('credential', 'c', sha256)), users) !== null).toBe(is)
  })
})

describe('of what is told twice', () => {
  test('M94: the earliest counts, and of heartbeats the latest', () => {
    const { tenant, known, of } = read([
      activated(1), activated(0, { expires_at: at(60) }), withdrawn(20), withdrawn(10), ended(30, 'chat'), ended(25, 'chat'),
      granted(5, 'g', { kind: 'root' }, { delegate: { ...bot, sub: 'other' } }), granted(4, 'g', { kind: 'root' }),
      beat(0), beat(5), tell('agent.registered', 3, { agent: bot }), tell('agent.updated', 2, { agent: { ...bot, instance: 'x' } }),
    ])
    const grant = grantSubject(tenant, of('grant:j'), of('session:s'))!
    expect([grant.activated, grant.withdrawn, grant.sessionEnd].map((fact) => fact!.time.slice(17, 19))).toEqual(['00', '10', '25'])
    expect(delegationSubject(tenant, of('delegation:g'), 0)).toMatchObject({ grant: { time: '2026-11-24T09:00:04Z' }, about: { agent: { sub: bot.sub } } })
    expect(sourceSubject(tenant, known, 'urn:edge', ['edge'], [], []).beat!.time).toBe('2026-11-24T09:00:05Z')
  })

  test('M94: a credential is whose it was first said to be', () => {
    const issued = (seconds: number, holder: object) => tell('credential.issued', seconds, { credential_id: 'c', holder, kind: 'api_key' })
    const { tenant, of, known } = read([effect(2, 'cloud'), effect(1, 'cloud'), issued(1, alice), issued(0, bot)])
    const filed = [...known.facts.keys()].filter((key) => key.startsWith('outcome:'))
    expect(effectSubject(tenant, filed.flatMap(of), of(contextKey('credential', 'c', sha256)), [])!.holder).toMatchObject({ sub: bot.sub })
  })
})

test('M95: of a source only its gaps are gaps, of a log only its failures', () => {
  const { tenant, known, of } = read([
    tell('source.gap', 0, { dropped: 1 }, { source: 'urn:edge' }), own('integrity.failed', 0, { log: 'l', check: 'root' }),
    tell('source.heartbeat', 1, { watermark: at(1) }, { source: 'urn:edge' }),
  ])
  const everything = [...known.facts.values()].flat()
  expect(sourceSubject(tenant, known, 'urn:edge', [], everything, []).gaps.map(({ type }) => type)).toEqual(['source.gap'])
  expect(logSubject(tenant, 'l', everything).failures.map(({ type }) => type)).toEqual(['integrity.failed'])
  expect(of('log:l')).toHaveLength(1)
})

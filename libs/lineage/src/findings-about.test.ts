import { describe, expect, test } from 'vitest'
import { findingsAbout, isSubject, type Figures } from './findings-about.ts'
import { Resolver } from './resolve.ts'
import { at, bot, configured, granted, observed, own, requested, session, tell, ticked } from './testing/tell.ts'
import { sha256, world, type Told } from './testing/world.ts'

const nothing: Figures = { lastActedMs: null, uses: 0, holes: [] }
const about = (key: string, told: Told[], figures: Partial<Figures> = {}) => {
  const { known } = world(told)
  return findingsAbout(key, { ...nothing, ...figures }, known, new Resolver(known), sha256)
}
const ms = (seconds: number) => Date.parse(at(seconds))
const agentKey = 'agent:https://agents.example|refund-bot'
const activated = (seconds: number, data: object = {}) => tell('grant.activated', seconds, { grant_id: 'j', agent: bot, withdrawal_due: at(60), ...data })
const beat = (seconds: number, producer: string, source = 'urn:edge') => tell('source.heartbeat', seconds, { watermark: at(seconds), next_before: at(seconds + 60) }, { source, producer })
const gap = (seconds: number) => tell('source.gap', seconds, { dropped: 1 }, { source: 'urn:edge' })

test('M280: agents, delegations, grants, sources, logs and effects are looked at, and nothing else', () => {
  expect(['agent:a', 'delegation:g', 'grant:j', 'source:s', 'log:l', 'effect:e', 'action:a', 'session:s', 'x-agent:a'].map(isSubject)).toEqual([true, true, true, true, true, true, false, false, false])
  expect(about('session:s', [session(0)])).toBeNull()
})

test('M280: of what nobody has told nothing is said', () => {
  expect([agentKey, 'delegation:g', 'grant:j', 'effect:e'].map((key) => about(key, []))).toEqual([null, null, null, null])
})

describe('where it is shown, and since when', () => {
  test('M281: a grant on the delegation that it was activated for, else on its agent', () => {
    expect(about('grant:j', [activated(5)])).toMatchObject({ shownOn: agentKey, timeMs: ms(5) })
    expect(about('grant:j', [activated(5, { delegation_id: 'g' })])).toMatchObject({ shownOn: 'delegation:g' })
  })

  test('M281: an agent and a delegation on themselves', () => {
    expect(about(agentKey, [tell('agent.registered', 7, { agent: bot })])).toMatchObject({ shownOn: agentKey, timeMs: ms(7) })
    expect(about('delegation:g', [granted(3, 'g', { kind: 'root' })])).toMatchObject({ shownOn: 'delegation:g', timeMs: ms(3) })
  })

  test('M281: a source, a log and an effect on nothing; a source since its last heartbeat, else since its first gap', () => {
    const edge = configured({ producers: [{ id: 'edge', legs: ['heartbeat'] }] })
    expect(about('source:urn:edge', [edge, beat(4, 'edge'), gap(9)])).toMatchObject({ shownOn: null, timeMs: ms(4) })
    expect(about('source:urn:edge', [gap(8), gap(9)])).toMatchObject({ timeMs: ms(8) })
    expect(about('source:urn:edge', [])).toMatchObject({ timeMs: 0 })
    const failed = (seconds: number) => own('integrity.failed', seconds, { log: 'l', check: 'root' })
    expect(about('log:l', [failed(6), failed(7)])).toMatchObject({ shownOn: null, timeMs: ms(6) })
    expect(about('log:l', [])).toMatchObject({ findings: [], timeMs: 0 })
  })
})

test('M282: a grant ends with the session that its activation names', () => {
  const vault = configured({ producers: [{ id: 'vault', legs: ['grants'] }] })
  const of = (...told: Told[]) => about('grant:j', [vault, ticked(1_000), ...told.map((each) => ({ ...each, producer: 'vault' }))])!.findings.map(({ rule }) => rule)
  const end = tell('session.ended', 10, { session_id: 's' })
  expect(of(activated(0, { withdrawal_due: undefined, session_id: 's' }), end)).toEqual(['TIM-05'])
  expect(of(activated(0, { withdrawal_due: undefined }), activated(1, { withdrawal_due: undefined, session_id: 's' }), end)).toEqual(['TIM-05'])
  expect(of(activated(0, { withdrawal_due: undefined, session_id: 't' }), activated(1, { withdrawal_due: undefined, session_id: 's' }), end)).toEqual([])
  expect(of(activated(0, { withdrawal_due: undefined }), tell('grant.withdrawn', 900, { grant_id: 'j', agent: bot, session_id: 's' }), end)).toEqual([])
})

test('M283: for a source speaks who is registered for heartbeats of it', () => {
  const silent = (...producers: Parameters<typeof configured>[0]['producers'] & object) =>
    about('source:urn:edge', [configured({ producers }), beat(0, 'edge'), ticked(1_000)])!.findings.map(({ rule }) => rule)
  expect(silent({ id: 'edge', legs: ['heartbeat'] })).toEqual(['INT-04'])
  expect(silent({ id: 'edge', legs: ['heartbeat'], sources: ['urn:other', 'urn:edge'] })).toEqual(['INT-04'])
  expect(silent({ id: 'edge', legs: ['heartbeat'], sources: ['urn:other'] })).toEqual([])
  expect(silent({ id: 'edge', legs: ['execution'] }, { id: 'x', legs: ['heartbeat'] })).toEqual([])
  expect(about('source:urn:edge', [configured({ producers: [{ id: 'edge', legs: ['execution'] }] }), requested(0), ticked(1_000)], { holes: [{ after: '1', before: '3', beforeMs: ms(0), missing: 1 }] })!.dues).toEqual([])
})

test('M284: effects are grouped by credential, kind and hour, and one that an action accounts for is none of them', () => {
  const on = configured({ rules: { 'OUT-05': { on: true } } })
  const issued = tell('credential.issued', -100, { credential_id: 'c', holder: bot, kind: 'api_key' })
  const effect = (seconds: number, data: object = {}) => observed(seconds, { action_id: undefined, upstream_request_ids: [`r-${seconds}`], credential_id: 'c', ...data }, { producer: 'cloud' })
  const told = [on, issued, effect(0), effect(5), effect(4_000), effect(9, { action_id: 'a' }), requested(-1), ticked(10_000)]
  const { known } = world(told)
  const effects = [...known.links.keys()].filter((key) => key.startsWith('effect:')).sort()
  const found = effects.map((key) => about(key, told))
  expect(found.map((each) => each && { timeMs: each.timeMs, shownOn: each.shownOn, entries: each.findings[0]?.entries.length, id: each.findings[0]?.id }))
    .toEqual([{ timeMs: ms(0), shownOn: null, entries: 2, id: `OUT-05:${effects[0]!.slice('effect:'.length)}` }, { timeMs: ms(4_000), shownOn: null, entries: 1, id: `OUT-05:${effects[1]!.slice('effect:'.length)}` }])
})

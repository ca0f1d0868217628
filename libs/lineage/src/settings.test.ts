import { describe, expect, test } from 'vitest'
import type { Leg, ProducerRegistration } from '@onbehalf/events'
import { anything, matchesPattern, SettingsHistory } from './settings.ts'
import { alice, at, bot, completed, configured, decided, granted, helper, observed, own, requested, resolved, revoked, session, tell } from './testing/tell.ts'
import { world, type Told } from './testing/world.ts'

type Registration = { id: string; legs: Leg[] } & Partial<ProducerRegistration>

const history = (...told: Told[]) => new SettingsHistory(world(told).facts)
const settingsOf = (...producers: Registration[]) => history(configured({ producers })).latest
const fact = (told: Told) => world([told]).facts[0]!
const changed = (seconds: number, skew_ms: number, data: object = {}) => own('config.changed', seconds, { config: { budgets: { skew_ms } }, ...data })
const ms = (seconds: number) => Date.parse(at(seconds))
const of = (agent: typeof bot | typeof helper | null, system: string | null = null) => ({ agent, system })

describe('settings by time', () => {
  const skewAt = (settings: SettingsHistory, seconds: number) => settings.at(ms(seconds)).budgets.skew_ms

  test('M240: the first change counts since always, a later one from its receipt', () => {
    const settings = history(changed(100, 1), changed(200, 2))
    expect([skewAt(settings, -1e9), skewAt(settings, 199.999), skewAt(settings, 200), skewAt(settings, 1e9)]).toEqual([1, 1, 2, 2])
    expect(settings.latest.budgets.skew_ms).toBe(2)
  })

  test('M240: the order of receipt decides, in whatever order they are read', () => {
    const settings = history(changed(200, 2), changed(100, 1))
    expect([skewAt(settings, 150), settings.latest.budgets.skew_ms]).toEqual([1, 2])
  })

  test('M240: a change may say from when on it counts; the later one goes before', () => {
    const settings = history(changed(100, 1, { effective_from: at(50) }), changed(200, 2, { effective_from: at(150) }), changed(300, 3, { effective_from: at(120) }))
    expect([skewAt(settings, 49), skewAt(settings, 50), skewAt(settings, 119), skewAt(settings, 120), skewAt(settings, 160)]).toEqual([5_000, 1, 1, 3, 3])
  })

  test('M240: with no change the defaults hold', () => {
    const settings = history(requested(0))
    expect([settings.isEmpty, skewAt(settings, 0), settings.latest.budgets.skew_ms]).toEqual([true, 5_000, 5_000])
    expect(history(changed(100, 1)).isEmpty).toBe(false)
  })
})

describe('who owns a leg', () => {
  test('M241: those who are registered for it; of execution `default` where nobody is', () => {
    const settings = settingsOf({ id: 'pdp', legs: ['decision'] }, { id: 'pdp2', legs: ['decision', 'approval'] })
    expect([settings.owners('decision', anything), settings.owners('approval', anything)]).toEqual([['pdp', 'pdp2'], ['pdp2']])
    expect([settings.owners('execution', anything), settings.owners('outcome', anything)]).toEqual([['default'], []])
    expect(settingsOf({ id: 'runner', legs: ['execution'] }).owners('execution', anything)).toEqual(['runner'])
  })

  test.each([
    ['any agent', {}, of(helper), true], ['any agent, and none is known', {}, of(null), true],
    ['its sub', { agents: ['refund-bot'] }, of(bot), true], ['its issuer and sub', { agents: ['https://agents.example|refund-bot'] }, of(bot), true],
    ['a prefix', { agents: ['refund-*'] }, of(bot), true], ['one of several', { agents: ['nobody', 'refund-bot'] }, of(bot), true],
    ['another agent', { agents: ['refund-bot'] }, of(helper), false], ['another issuer', { agents: ['https://other.example|refund-bot'] }, of(bot), false],
    ['some agent, and none is known', { agents: ['refund-bot'] }, of(null), false],
    ['the system', { systems: ['pay*', 'x'] }, of(bot, 'payments'), true], ['another system', { systems: ['payments'] }, of(bot, 'crm'), false],
    ['some system, and none is known', { systems: ['payments'] }, of(bot), false],
    ['agent and system', { agents: ['refund-bot'], systems: ['payments'] }, of(bot, 'payments'), true],
    ['the agent, and another system', { agents: ['refund-bot'], systems: ['payments'] }, of(bot, 'crm'), false],
    ['the system, and another agent', { agents: ['refund-bot'], systems: ['payments'] }, of(helper, 'payments'), false],
  ])('M242: a registration is limited to agents and systems, and both must match: %s', (_, limits, about, is) => {
    const settings = settingsOf({ id: 'pdp', legs: ['decision'], ...limits })
    expect(settings.owners('decision', about)).toEqual(is ? ['pdp'] : [])
    expect(settings.owners('decision', anything)).toEqual(['pdp'])
  })

  test('M242: a bare id matches no pattern that names an issuer', () => {
    const bare = { iss: 'urn:onbehalf:unqualified:default', sub: 'refund-bot', kind: 'agent' as const }
    expect(settingsOf({ id: 'pdp', legs: ['decision'], agents: ['urn:*'] }).owners('decision', of(bare as unknown as typeof bot))).toEqual([])
    expect(settingsOf({ id: 'pdp', legs: ['decision'], agents: ['https://agents.example|*'] }).owners('decision', of(bot))).toEqual(['pdp'])
  })

  test('M243: a fact is an owner\'s word by its producer and its source', () => {
    const settings = settingsOf({ id: 'pdp', legs: ['decision'], sources: ['urn:opa', 'urn:cedar/*'] }, { id: 'pdp2', legs: ['decision'] })
    const owns = (producer: string, source: string) => settings.owns(fact(decided(0, {}, { producer, source })), 'decision', anything)
    expect([owns('pdp', 'urn:opa'), owns('pdp', 'urn:cedar/1'), owns('pdp', 'urn:cedar'), owns('pdp2', 'urn:x'), owns('default', 'urn:opa')]).toEqual([true, true, false, true, false])
  })

  test('M243: where nobody is registered only `default` is believed, and only of executions', () => {
    const settings = settingsOf()
    expect(settings.owns(fact(completed(0)), 'execution', anything)).toBe(true)
    expect(settings.owns(fact(completed(0, {}, { producer: 'other' })), 'execution', anything)).toBe(false)
    expect(settings.owns(fact(decided(0)), 'decision', anything)).toBe(false)
  })
})

describe('whose claims are followed', () => {
  const follows = (told: Told, ...producers: Registration[]) => settingsOf(...producers).follows(fact(told))
  const pdp = (limits: Partial<ProducerRegistration> = {}): Registration => ({ id: 'pdp', legs: ['decision'], ...limits })
  const by = (producer: string, evaluated?: object) => decided(0, evaluated ? { evaluated } : {}, { producer })
  const resource = { type: 'order', id: '1', system: 'payments' }

  test('M244: with nothing registered those of `default`', () => {
    expect([follows(by('default')), follows(by('other')), follows(granted(0, 'g', { kind: 'root' })), follows(revoked(0, 'g'))]).toEqual([true, false, true, true])
  })

  test('M244: where somebody is registered for all, only theirs', () => {
    expect([follows(by('pdp'), pdp()), follows(by('default'), pdp()), follows(by('other'), pdp())]).toEqual([true, false, false])
    expect(follows(by('pdp'), { id: 'pdp2', legs: ['decision'] }, pdp())).toBe(true)
    expect(follows(resolved(0), pdp())).toBe(true)
  })

  test('M244: `default` may be registered itself', () => {
    expect([follows(by('default'), { id: 'default', legs: ['decision'] }), follows(by('default'), { id: 'default', legs: ['decision'], agents: ['nobody'] })]).toEqual([true, true])
  })

  test.each([
    ['of its agent', { agents: ['refund-bot'] }, { actor: bot }, true, false], ['of another agent', { agents: ['refund-bot'] }, { actor: helper }, false, true],
    ['of an agent that is not said', { agents: ['refund-bot'] }, undefined, true, true],
    ['on its system', { systems: ['crm', 'payments'] }, { resource }, true, false], ['on another system', { systems: ['crm'] }, { resource }, false, true],
    ['of its agent on another system', { agents: ['refund-bot'], systems: ['crm'] }, { actor: bot, resource }, false, true],
    ['of another agent on its system', { agents: ['refund-bot'], systems: ['payments'] }, { actor: helper, resource }, false, true],
    ['of one of its agents', { agents: ['nobody', 'refund-bot'] }, { actor: bot }, true, false],
  ])('M245: what an entry says of agent and system limits whose claims are followed: %s', (_, limits, evaluated, owner, fallback) => {
    expect([follows(by('pdp', evaluated), pdp(limits)), follows(by('default', evaluated), pdp(limits))]).toEqual([owner, fallback])
  })

  test('M245: an action and a session say their agent, an outcome only its system', () => {
    const limited = (leg: Leg): Registration => ({ id: 'x', legs: [leg], agents: ['refund-bot'], systems: ['payments'] })
    const x = { producer: 'x' }
    expect([follows(requested(0, {}, x), limited('execution')), follows(requested(0, { agent: helper }, x), limited('execution'))]).toEqual([true, false])
    expect([follows(session(0, {}, x), limited('initiator')), follows(session(0, { agent: helper }, x), limited('initiator'))]).toEqual([true, false])
    expect([follows(requested(0, { resource }, x), limited('execution')), follows(requested(0, { resource: { ...resource, system: 'crm' } }, x), limited('execution'))]).toEqual([true, false])
    expect([follows(observed(0, { resource }, x), limited('outcome')), follows(observed(0, { resource: { ...resource, system: 'crm' } }, x), limited('outcome'))]).toEqual([true, false])
    expect(follows(tell('grant.activated', 0, { grant_id: 'j', agent: helper }, x), limited('grants'))).toBe(true)
  })

  test('M245: another source of the producer is not meant', () => {
    expect([follows(by('pdp'), pdp({ sources: ['urn:test'] })), follows(by('pdp'), pdp({ sources: ['urn:other'] }))]).toEqual([true, false])
  })

  test('M246: what belongs to no leg is followed from anybody', () => {
    expect(follows(tell('signal.received', 0, { signal: 'https://x.example/session-revoked', principal: alice }, { producer: 'other' }), pdp())).toBe(true)
  })
})

test('M247: delays and switches are what the configuration says, else 10 s and as the rule has it', () => {
  const settings = history(configured({ producers: [{ id: 'pdp', legs: ['decision'], delay_ms: 1 }], rules: { 'DEC-01': { on: false } } })).latest
  expect([settings.delayMs('pdp'), settings.delayMs('other')]).toEqual([1, 10_000])
  expect([settings.switchOf('DEC-01'), settings.switchOf('DEC-02')]).toEqual([{ on: false }, {}])
})

test('M242: a trailing * matches any rest, and nothing else is a pattern', () => {
  expect([['a*', 'abc'], ['a*', 'a'], ['a*', 'b'], ['*', ''], ['abc', 'abc'], ['abc', 'abd'], ['a*c', 'abc']].map(([pattern, value]) => matchesPattern(pattern!, value!)))
    .toEqual([true, true, false, true, true, false, false])
})

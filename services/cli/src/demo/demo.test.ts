import { configDocumentOf, readConfigDocument, type CloudEvent } from '@onbehalf/events'
import { scenarios } from '@onbehalf/testkit/scenarios'
import { ruleIds } from '@onbehalf/store'
import { expect, test } from 'vitest'
import { beginningOf, inTurns } from './playing.ts'
import { registrationLines, withScenario } from './registration.ts'
import { groupOf } from './scenario-list.ts'

const played = (name: string, seed = 'a') => scenarios[name]!.play({ seed, atMs: Date.UTC(2026, 10, 24, 9) })
const nothing = configDocumentOf([]).tenants['default']!
const configured = Object.values(scenarios).filter(({ name }) => played(name).config !== undefined)

test.each(configured)('what $name needs is added beside what is there, is a valid document, and is nothing new the second time', ({ name }) => {
  const before = {
    ...nothing, producers: [{ id: 'pdp-eu', sources: ['urn:pdp:*'], legs: ['decision' as const], agents: ['*'], systems: ['*'], delay_ms: 5_000, rate_per_s: null }],
    rules: { 'CHN-05': { on: true, severity: 'high' as const } },
  }
  const { config } = played(name)
  const now = withScenario(before, config!)!
  expect(now.producers[0]).toEqual(before.producers[0])
  expect(now.producers.length).toBe(1 + config!.producers.length)
  expect(now.rules).toMatchObject(before.rules)
  expect(readConfigDocument({ tenants: { default: now } }, { rules: ruleIds })).toMatchObject({ ok: true })
  expect(withScenario(now, config!)).toBeNull()
  // As the server gives it back: members in another order.
  const reordered = { ...now, producers: now.producers.map((each) => Object.fromEntries(Object.entries(each).toReversed()) as typeof each) }
  expect(withScenario(reordered, config!)).toBeNull()
  // Another run of it stands beside the first.
  expect(withScenario(now, played(name, 'b').config!)?.producers.length ?? 1).toBe(1 + 2 * config!.producers.length)
  expect(registrationLines(config!).join('\n')).not.toContain('undefined')
})

test('a rule that is set otherwise keeps what the incident does not say', () => {
  const now = withScenario({ ...nothing, rules: { 'CHN-08': { on: false, severity: 'critical' } } }, { producers: [], rules: { 'CHN-08': { on: true } } })
  expect(now?.rules).toEqual({ 'CHN-08': { on: true, severity: 'critical' } })
  expect(registrationLines({ producers: [], rules: { 'CHN-08': { on: true } } })).toEqual(['rule CHN-08 switched on for everything of this tenant'])
})

test('events are sent in the order of the story, each as the one whose they are, one request as long as the same one speaks', () => {
  const event = (source: string, id: string) => ({ source, id }) as CloudEvent
  const turns = inTurns([event('x', '1'), event('x', '2'), event('pdp', '3'), event('x', '4')], { pdp: 'pdp-eu' })
  expect(turns.map(({ producer, batch }) => [producer, batch.map(({ id }) => id).join('')])).toEqual([[null, '12'], ['pdp-eu', '3'], [null, '4']])
  for (const { name } of Object.values(scenarios)) {
    const { events, producers } = played(name)
    expect(inTurns(events, producers ?? {}).flatMap(({ batch }) => batch)).toEqual(events)
  }
})

test('the last event has just happened, and each incident has its place in the list', () => {
  const now = Date.UTC(2026, 10, 24, 12)
  for (const scenario of Object.values(scenarios)) {
    const { events } = scenario.play({ seed: 'x', atMs: beginningOf(scenario, now) })
    expect(Math.max(...events.map(({ time }) => Date.parse(time)))).toBe(now)
  }
  expect(groupOf(scenarios['refund']!)).toBe('In order, or as good as it gets')
  expect(groupOf(scenarios['silent-source']!)).toBe('The evidence itself: sources and effects')
  expect(groupOf(scenarios['self-approval']!)).toBe('Decisions and approvals')
})

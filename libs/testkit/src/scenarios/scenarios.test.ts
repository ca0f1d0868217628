import { read, readConfigDocument } from '@onbehalf/events'
import { describe, expect, test } from 'vitest'
import { sha256Hex } from '../digest.ts'
import { findingDifferences, scenarios } from './index.ts'

const atMs = Date.UTC(2026, 10, 24, 9)

describe.each(Object.values(scenarios))('scenario $name', (scenario) => {
  const played = scenario.play({ seed: 1, atMs })
  const other = scenario.play({ seed: 2, atMs })
  const told = JSON.stringify(played.events)
  const granted = played.events
    .filter(({ type }) => type === 'onbehalf.delegation.granted.v1')
    .map(({ data }) => (data as { delegation_id: string }).delegation_id)

  test('its events can be read', () => {
    for (const event of played.events) {
      const producer = played.producers?.[event.source] ?? 'default'
      const reading = read('cloudevent', Buffer.from(JSON.stringify(event)), { tenant: 'default', producer, sha256: sha256Hex })
      expect(reading).toMatchObject({ ok: true, statements: [{ id: event.id }] })
    }
  })

  test('events stand in the order in which they happened, and none is received before it happened', () => {
    const times = played.events.map(({ time }) => time)
    expect(times).toEqual(times.toSorted())
    expect(times[0]).toBe(new Date(atMs).toISOString())
    for (const [id, arrival] of Object.entries(played.arrivals ?? {}))
      expect(arrival > played.events.find((event) => event.id === id)!.time, id).toBe(true)
  })

  test('the same seed gives the same incident, another seed shares no id with it', () => {
    expect(scenario.play({ seed: 1, atMs })).toEqual(played)
    const idsOf = ({ events, actions, trace_id, session_id, findings, config }: typeof played) => [
      trace_id, session_id, ...events.map(({ id }) => id), ...actions.map(({ id }) => id), ...findings,
      ...(config?.producers ?? []).flatMap(({ id, agents }) => [id, ...agents!]),
    ].filter((id) => id !== null)
    const ids = new Set(idsOf(played))
    expect(idsOf(other).filter((id) => ids.has(id))).toEqual([])
  })

  test('everything that its truth names is told in its events', () => {
    const quoted = (text: string) => expect(told).toContain(JSON.stringify(text))
    for (const { id, truth } of played.actions) {
      quoted(id)
      quoted(truth.operation)
      if (truth.session) quoted(truth.session)
      for (const sub of Object.values(truth.roles)) if (sub !== null) quoted(sub)
      expect(granted).toEqual(expect.arrayContaining(truth.chain))
    }
    for (const { key, whole } of played.findings.map(partsOf)) {
      if (!whole) expect(told).toContain(key)
      else for (const part of key.split('|')) quoted(part)
    }
  })

  test('the findings of the incident and of its actions are the same ones', () => {
    expect(played.findings).toEqual([...new Set(played.findings)].sort())
    const ofAll = played.findings.map(partsOf)
    for (const { id, truth } of played.actions) {
      expect(truth.findings).toEqual([...new Set(truth.findings)].sort())
      expect(ofAll.map(({ rule }) => rule)).toEqual(expect.arrayContaining(truth.findings))
      expect(truth.findings).toEqual(expect.arrayContaining(ofAll.filter(({ key }) => key === id).map(({ rule }) => rule)))
    }
  })

  test('what it registers is a valid configuration, and concerns nobody but its own', () => {
    const { config = { producers: [] }, producers = {} } = played
    const rules = [...played.findings.map((id) => partsOf(id).rule), ...Object.keys(config.rules ?? {})]
    expect(readConfigDocument({ tenants: { default: config } }, { rules })).toMatchObject({ ok: true })
    for (const [source, producer] of Object.entries(producers)) {
      expect(played.events.map((event) => event.source)).toContain(source)
      expect(config.producers.find(({ id }) => id === producer)?.sources).toContain(source)
    }
    for (const { agents, sources } of config.producers) {
      expect(sources).not.toContain('*')
      for (const agent of agents!) for (const part of agent.split('|')) expect(told).toContain(JSON.stringify(part))
    }
  })
})

test('findings that are resolved, or tell only when something was received, are not compared', () => {
  const finding = (id: string, resolved_at: string | null = null) => ({ id, rule: partsOf(id).rule, resolved_at })
  const told = [
    finding('DEC-01:a'), finding('DEC-01:a'), finding('OUT-05:key|PutObject|9'),
    finding('OUT-02:a', '2026-11-24T09:00:00Z'), finding('INT-05:a'), finding('INT-06:a'),
  ]
  expect(findingDifferences(told, { findings: ['DEC-01:a', 'OUT-05:key*'] })).toEqual([])
  expect(findingDifferences(told, { findings: ['APR-01:a', 'DEC-01:a'] })).toEqual([
    'APR-01:a is not open',
    'OUT-05:key|PutObject|9 is open',
  ])
})

/** `RULE:key`, or `RULE:prefix*`, which is then not `whole`. */
function partsOf(finding: string): { rule: string; key: string; whole: boolean } {
  const colon = finding.indexOf(':')
  const key = finding.slice(colon + 1)
  const whole = !key.endsWith('*')
  return { rule: finding.slice(0, colon), key: whole ? key : key.slice(0, -1), whole }
}

import { describe, expect, test } from 'vitest'
import { meaning } from '@onbehalf/lineage'
import { duplicated } from '../arrival.ts'
import { lineagesOf } from '../lineages-of.ts'
import { createRandom } from '../random.ts'
import { differences, scenarios } from './index.ts'

const atMs = Date.UTC(2026, 10, 24, 9)

describe.each(Object.values(scenarios))('scenario $name', (scenario) => {
  const played = scenario.play({ seed: 1, atMs })

  test('its lineage is its truth, field by field', () => {
    const lineages = lineagesOf(played.events)
    expect(lineages.map(({ id }) => id).toSorted()).toEqual(played.actions.map(({ id }) => id).toSorted())
    for (const { id, truth } of played.actions) {
      expect(differences(lineages.find((lineage) => lineage.id === id)!, truth)).toEqual([])
    }
  })

  test('shuffled and duplicated it means the same', () => {
    const meant = lineagesOf(played.events).map(meaning)
    for (let seed = 0; seed < 20; seed++) {
      const random = createRandom(seed)
      const arrived = random.shuffled(duplicated(random, played.events, 0.3))
      expect(lineagesOf(arrived).map(meaning), `seed ${seed}`).toEqual(meant)
    }
  })

  test('the same seed gives the same events, another seed shares no id with it', () => {
    expect(scenario.play({ seed: 1, atMs })).toEqual(played)
    const other = scenario.play({ seed: 2, atMs })
    expect(other.actions.map(({ id }) => id)).not.toEqual(played.actions.map(({ id }) => id))
    const ids = new Set(played.events.map(({ id }) => id))
    expect(other.events.filter(({ id }) => ids.has(id))).toEqual([])
  })

  test('events stand in the order in which they happened', () => {
    const times = played.events.map(({ time }) => time)
    expect(times).toEqual(times.toSorted())
  })
})

test('a difference names the field, what it is and what it should be', () => {
  const { events, actions } = scenarios['denied']!.play({ seed: 1, atMs })
  const [lineage] = lineagesOf(events)
  const { truth } = actions[0]!
  expect(differences(lineage!, { ...truth, decision: 'permit', chain: ['del-x'] })).toEqual([
    'chain is "", not "del-x"',
    'decision is "deny", not "permit"',
  ])
})

import { meaning } from '@onbehalf/lineage'
import { describe, expect, test } from 'vitest'
import { duplicated } from '../arrival.ts'
import { lineagesOf, meaningOf } from '../lineages-of.ts'
import { createRandom } from '../random.ts'
import { differences, findingDifferences, scenarios } from './index.ts'

const atMs = Date.UTC(2026, 10, 24, 9)

describe.each(Object.values(scenarios))('scenario $name', (scenario) => {
  const played = scenario.play({ seed: 1, atMs })
  const { config, producers, arrivals, findings } = played
  // Everything has been received when the last event has happened.
  const horizonMs = Math.max(...played.events.map(({ time }) => Date.parse(time)))
  const told = { horizonMs, ...(config && { config }), ...(producers && { producers }), ...(arrivals && { arrivals }) }

  test('its lineage is its truth, field by field', () => {
    const { lineages } = meaningOf(played.events, told)
    expect(lineages.map(({ id }) => id).toSorted()).toEqual(played.actions.map(({ id }) => id).toSorted())
    for (const { id, truth } of played.actions) {
      expect(differences(lineages.find((lineage) => lineage.id === id)!, truth)).toEqual([])
    }
  })

  test('its findings are those that are open in the end', () => {
    const meant = meaningOf(played.events, told)
    const found = [...meant.lineages.flatMap((lineage) => lineage.findings), ...meant.findings]
    expect(findingDifferences(found, played)).toEqual([])
    expect(findings.length === 0 || found.length > 0).toBe(true)
  })

  test('shuffled and duplicated it means the same', () => {
    const meant = lineagesOf(played.events, told).map(meaning)
    for (let seed = 0; seed < 20; seed++) {
      const random = createRandom(seed)
      const arrived = random.shuffled(duplicated(random, played.events, 0.3))
      expect(lineagesOf(arrived, told).map(meaning), `seed ${seed}`).toEqual(meant)
    }
  })
})

test('a difference names the field, what it is and what it should be', () => {
  const { events, actions } = scenarios['denied']!.play({ seed: 1, atMs })
  const [lineage] = lineagesOf(events)
  const { truth } = actions[0]!
  expect(differences(lineage!, { ...truth, decision: 'permit', chain: ['del-x'], findings: ['DEC-01'] })).toEqual([
    'chain is "", not "del-x"',
    'decision is "deny", not "permit"',
    'findings is "", not "DEC-01"',
  ])
})

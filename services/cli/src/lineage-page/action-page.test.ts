import { lineagesOf, scenarios } from '@onbehalf/testkit'
import type { Lineage } from '@onbehalf/lineage'
import { describe, expect, test } from 'vitest'
import { createStyle } from '../terminal/style.ts'
import { visibleDeep, widthOf } from '../terminal/text.ts'
import { actionPage } from './action-page.ts'
import { surroundingsPage } from './surroundings-page.ts'

const plain = { columns: 80, style: createStyle(false) }
const played = (name: string) => scenarios[name]!.play({ seed: 'golden', atMs: Date.UTC(2026, 10, 24, 9) })
const pages = (name: string) => {
  const { events, actions } = played(name)
  const lineages = lineagesOf(events)
  return actions.map(({ id }) => actionPage(visibleDeep(lineages.find((lineage) => lineage.id === id)!), plain))
}

describe.each(Object.keys(scenarios))('the page of scenario %s', (name) => {
  test('is as it was when a person last looked at it', async () => {
    await expect(`${pages(name).join('\n\n────\n\n')}\n`).toMatchFileSnapshot(`golden/${name}.txt`)
  })

  test('fits 80 columns', () => {
    for (const page of pages(name)) for (const line of page.split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(80)
  })
})

test('styling changes nothing but the style', () => {
  const { events } = played('refund')
  for (const lineage of lineagesOf(events)) {
    const styled = actionPage(lineage, { columns: 80, style: createStyle(true) })
    expect(styled).toContain('\u001b[1m')
    const words = (text: string) => text.replaceAll(/\u001b\[\d+m/g, '').split(/\s+/)
    expect(words(styled)).toEqual(words(actionPage(lineage, plain)))
  }
})

test('what others sent cannot act on the terminal', () => {
  const evil = '\u001b]0;owned\u0007\u001b[2J\u009b1A\u202epermit\r\n'
  const poison = (value: unknown): unknown => {
    if (typeof value === 'string') return /^\d{4}-/.test(value) || value.startsWith('urn:') ? value : `${value}${evil}`
    if (Array.isArray(value)) return value.map(poison)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, keep.has(name) ? member : poison(member)]))
  }
  // What the product itself says, which switches of the page look at.
  const keep = new Set(['evidence', 'link', 'kind', 'status', 'decision', 'agreement', 'effect', 'resolution', 'mode', 'phase'])
  for (const lineage of lineagesOf(played('approval').events)) {
    const page = actionPage(visibleDeep(poison(lineage) as Lineage), plain)
    expect(page).toContain('\\x1b]0;owned')
    expect(page).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/mu)
    expect(page.replaceAll('\n', '')).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u)
  }
})

test('holes: a leg that is missing or not covered breaks the line on both its sides', () => {
  const [page] = pages('bare')
  const strip = page!.split('\n').find((line) => line.includes('▸'))!
  expect(strip).toBe('  ◌╌╌╌╌╌╌╌╌╌╌▸ ◌╌╌╌╌╌╌╌╌╌╌▸ ◌╌╌╌╌╌╌╌╌╌╌▸ ·──────────▸ ●──────────▸ ◐')
})

test('long lists are cut, and say so', () => {
  const [lineage] = lineagesOf(played('refund').events)
  const many = { ...lineage!, decisions: Array.from({ length: 5_000 }, () => lineage!.decisions[0]!), entries: Array.from({ length: 100_000 }, (_, index) => ({ ...lineage!.entries[0]!, index })) }
  const page = actionPage(many, plain)
  expect(page).toContain('… and 4,980 more (--json has them all)')
  expect(page.split('\n').length).toBeLessThan(200)
})

test('a session lists its actions; one with a single action shows it whole', async () => {
  const { events, session_id } = played('refund')
  const actions = lineagesOf(events)
  const document = { session_id: session_id!, complete: true, totals: { actions: actions.length, delegations: 2 }, actions, delegations: actions[0]!.chain.toReversed(), as_of: null }
  await expect(`${surroundingsPage('session', document, plain)}\n`).toMatchFileSnapshot('golden/session.txt')
  const single = surroundingsPage('session', { ...document, totals: { actions: 1, delegations: 2 }, actions: [actions[0]!] }, plain)
  expect(single).toContain(actionPage(actions[0]!, plain))
  expect(surroundingsPage('trace', { ...document, complete: false, actions: [] }, plain)).toContain('only a part is shown here')
})

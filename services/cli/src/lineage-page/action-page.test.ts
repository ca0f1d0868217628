import { readFileSync, writeFileSync } from 'node:fs'
import type { Finding, Lineage } from '@onbehalf/lineage'
import { meaningOf, scenarios } from '@onbehalf/testkit'
import { describe, expect, test } from 'vitest'
import { createStyle } from '../terminal/style.ts'
import { visibleDeep, widthOf } from '../terminal/text.ts'
import { actionPage } from './action-page.ts'
import { surroundingsPage } from './surroundings-page.ts'

const plain = { columns: 80, style: createStyle(false) }
const played = (name: string) => scenarios[name]!.play({ seed: 'golden', atMs: Date.UTC(2026, 10, 24, 9) })

/** With what it needs registered, all of it received when it happened, at the time of its last event. */
function lineagesOf(name: string): Lineage[] {
  const { events, config, producers, arrivals } = played(name)
  return meaningOf(events, {
    ...(config === undefined ? {} : { config }), ...(producers === undefined ? {} : { producers }),
    arrivals: { ...Object.fromEntries(events.map(({ id, time }) => [id, time])), ...arrivals },
    horizonMs: Math.max(...events.map(({ time }) => Date.parse(time))),
  }).lineages
}

const pages = (name: string) => {
  const lineages = lineagesOf(name)
  return played(name).actions.map(({ id }) => actionPage(visibleDeep(lineages.find((lineage) => lineage.id === id)!), plain))
}

/**
 * The page is as it was when a person last looked at it. Files are written only by who says so: WRITE_GOLDEN=1 writes those
 * that are named here, and no others.
 */
function expectGolden(name: string, page: string): void {
  const file = new URL(`golden/${name}.txt`, import.meta.url)
  if (process.env['WRITE_GOLDEN'] === '1') writeFileSync(file, page)
  expect(page, `${name}.txt; WRITE_GOLDEN=1 writes it anew`).toBe(readFileSync(file, 'utf8'))
}

// What is in order, what was denied, what is full of holes; a contradiction, and an absence that may still be filled.
test.each(['refund', 'denied', 'approval', 'bare', 'denied-but-executed', 'silent-source'])('the page of scenario %s is as it was', (name) => {
  expectGolden(name, `${pages(name).join('\n\n────\n\n')}\n`)
})

describe.each(Object.keys(scenarios))('the pages of scenario %s', (name) => {
  test('fit 80 columns, and show each rule that is in its truth', () => {
    const { actions } = played(name)
    for (const [i, page] of pages(name).entries()) {
      for (const line of page.split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(80)
      for (const rule of actions[i]!.truth.findings.filter((each) => !fromElsewhere.has(each))) expect(page).toContain(`  ${rule}  `)
    }
  })
})

/** Findings of an agent, a delegation or a grant are put on an action by the reader of the store. */
const fromElsewhere = new Set(['AGT-03', 'RAT-01', 'TIM-04', 'TIM-05'])

const finding = (changes: Partial<Finding>): Finding => ({
  id: 'DEC-02:act-1', rule: 'DEC-02', version: 1, severity: 'high', title: 'Executed with no decision bound', explanation: 'No decision is known.',
  provisional: false, raised_at: '2026-11-24T09:01:00.123456Z', resolved_at: null, entries: [], ...changes,
})

test('findings: since when, provisional or not; what was resolved stands apart and is dim', () => {
  const [lineage] = lineagesOf('refund')
  const findings = [finding({ provisional: true }), finding({ rule: 'APR-01', severity: 'critical', raised_at: null }), finding({ rule: 'OUT-02', provisional: true, resolved_at: '2026-11-24T10:00:00.000000Z' })]
  const lines = actionPage({ ...lineage!, findings }, plain).split('\n')
  const from = lines.indexOf('Findings')
  expect(lines.slice(from, lines.indexOf('Missing, weak or not covered') - 1)).toEqual([
    'Findings',
    '  high      DEC-02  Executed with no decision bound',
    '            No decision is known.',
    '            provisional: it rests on an absence that may still be filled ·',
    '            raised 2026-11-24 09:01:00.123',
    '  critical  APR-01  Executed with no decision bound',
    '            No decision is known.',
    '            holds, not written down yet',
    '',
    'Findings that were resolved',
    '  high      OUT-02  Executed with no decision bound',
    '            No decision is known.',
    '            raised provisionally 2026-11-24 09:01:00.123 · resolved 2026-11-24',
    '            10:00:00',
  ])
  const styled = actionPage({ ...lineage!, findings }, { columns: 80, style: createStyle(true) })
  expect(styled).toContain('\u001b[2m  high      OUT-02  Executed with no decision bound\u001b[22m')
})

test('what is provisional says so; a struck item is dim and counts for nothing; who answers is named', () => {
  const [lineage] = lineagesOf('refund')
  const { legs, roles, decisions } = lineage!
  const page = actionPage({
    ...lineage!,
    legs: { ...legs, decision: { ...legs.decision, evidence: 'missing', provisional: true, reason: 'no decision is bound; its source is offline (source_offline)' } },
    roles: { ...roles, initiator: { ...roles.initiator, accountable: { iss: 'https://login.example.com', sub: 'carla@example.com', kind: 'user', name: 'Carla Rossi' } } },
    decisions: [{ ...decisions[0]!, struck: true }],
  }, { columns: 120, style: createStyle(true) })
  expect(page).toContain('its source is offline (source_offline)')
  expect(page.replaceAll(/\s+/g, ' ')).toContain('it may still come')
  expect(page).toContain('answers     Carla Rossi')
  expect(page).toMatch(/\u001b\[2m {2}09:00:03\.04 {3}permit .*; retracted, counts for/)
})

test('styling changes nothing but the style', () => {
  for (const lineage of lineagesOf('refund')) {
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
  for (const lineage of lineagesOf('approval')) {
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
  const [lineage] = lineagesOf('refund')
  const many = { ...lineage!, decisions: Array.from({ length: 5_000 }, () => lineage!.decisions[0]!), entries: Array.from({ length: 100_000 }, (_, index) => ({ ...lineage!.entries[0]!, index })) }
  const page = actionPage(many, plain)
  expect(page).toContain('… and 4,980 more (--json has them all)')
  expect(page.split('\n').length).toBeLessThan(200)
})

test('a session lists its actions; one with a single action shows it whole', () => {
  const { session_id } = played('refund')
  const actions = lineagesOf('refund')
  const document = { session_id: session_id!, complete: true, totals: { actions: actions.length, delegations: 2 }, actions, delegations: actions[0]!.chain.toReversed(), as_of: null }
  expectGolden('session', `${surroundingsPage('session', document, plain)}\n`)
  const single = surroundingsPage('session', { ...document, totals: { actions: 1, delegations: 2 }, actions: [actions[0]!] }, plain)
  expect(single).toContain(actionPage(actions[0]!, plain))
  expect(surroundingsPage('trace', { ...document, complete: false, actions: [] }, plain)).toContain('only a part is shown here')
})

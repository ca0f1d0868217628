import { expect, test } from 'vitest'
import { createStyle } from '../terminal/style.ts'
import { widthOf } from '../terminal/text.ts'
import { agentListLines, agentPage, type AgentDocument } from './agent-page.ts'
import { coveragePage, type AgentCoverage } from './coverage-page.ts'

const plain = { columns: 80, style: createStyle(false) }
const carla = { iss: 'https://login.example.com', sub: 'carla@example.com', kind: 'user', name: 'Carla Rossi' }
const seen: AgentDocument = {
  key: 'https://agents.example.com|refund-bot', iss: 'https://agents.example.com', sub: 'refund-bot', name: 'Refund bot', registered: false, status: 'unregistered',
  owner: null, sponsor: null, purpose: null, model: null, version: null, review_due: null,
  authorisers: [{ principal: carla, root: true, delegations: ['del-1'] }],
  systems: { declared: [], reached: ['stripe'], undeclared: ['stripe'] },
  boundaries: { declared: [], crossed: [{ from: 'example.com', into: 'carrier.example', exchanged: false, delegation_id: 'del-1' }] },
  grants: { live: [{ id: 'gra-1', kind: 'just_in_time', since: '2026-11-24T09:00:00Z', expires_at: null, standing: true, entries: [] }], standing: 1, complete: true },
  last_seen: '2026-11-24T09:00:00.000Z', actions: { count: 1_000, at_least: true }, open_findings: { critical: 1, high: 0, medium: 2, info: 0 }, entries: [],
}

test('an agent that nobody registered: what was seen, and that nobody answers for it', () => {
  expect(agentListLines(seen, plain)).toEqual([
    '  Refund bot  https://agents.example.com|refund-bot  not registered',
    '    nobody answers for it · more than 1,000 actions · last seen 2026-11-24',
    '    09:00:00 · reaches stripe · 1 live grant, 1 standing',
    '    1 critical, 2 medium',
  ])
  const page = agentPage(seen, plain)
  expect(page).toContain('  sponsor     nobody is known')
  expect(page).toContain('  gra-1  just in time, without an end, standing')
  expect(page).toContain('  example.com ─▸ carrier.example, no exchange was told of (del-1)')
  for (const line of page.split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(80)
})

test('a registered one: who answers for it, and what the inventory does not know of', () => {
  const page = agentPage({ ...seen, registered: true, status: 'active', sponsor: carla, model: 'm-1', version: '2' }, plain)
  expect(page).toContain('Refund bot  https://agents.example.com|refund-bot  active')
  expect(page).toContain('  sponsor     Carla Rossi (user carla@example.com, https://login.example.com)')
  expect(page).toContain('  model       m-1, version 2')
  expect(page).toContain('not declared: stripe')
})

test('coverage: the level, each leg with who is registered, and the one next thing', () => {
  const agent: AgentCoverage = {
    agent: seen.key, name: 'Refund bot', level: 'L1', sampled: 3,
    legs: [
      { leg: 'initiator', owners: [], evidence: { observed: 0, asserted: 3 }, covered: 1 },
      { leg: 'decision', owners: [{ producer: 'pdp-eu' }], evidence: { observed: 1, missing: 2 }, covered: 0.333 },
      { leg: 'approval', owners: [], evidence: { not_required: 3 }, covered: null },
      { leg: 'execution', owners: [], evidence: { observed: 3 }, covered: 1 },
      { leg: 'inventory', owners: [], evidence: null, covered: null },
      { leg: 'heartbeat', owners: [{ producer: 'pdp-eu' }], evidence: null, covered: null },
    ],
    levels: [{ level: 'L2', reached: false, lacks: ['decisions'], arms: [{ rule: 'DEC-02', armed: true }, { rule: 'DEC-03', armed: false }] }],
    next: { level: 'L2', add: 'Send decision.recorded.', arms: ['DEC-03'] },
  }
  expect(coveragePage([agent], plain)).toBe(`L0 spans · L1 who and which conversation · L2 decisions · L3 approvals and
delegations · L4 inventory, heartbeats, a cloud feed

L1  Refund bot  https://agents.example.com|refund-bot · its latest 3 actions
looked at
  initiator   100 %  asserted 3 · nobody registered
  decision    33 %   observed 1, missing 2 · registered: pdp-eu
  approval    –      not required 3 · nobody registered
  execution   100 %  observed 3
  heartbeat   –      registered: pdp-eu
  armed       DEC-02
  add next    Send decision.recorded. It arms DEC-03.`)
  expect(coveragePage([], plain)).toBe('No agent has acted yet.')
})

import { expect, test } from 'vitest'
import { alice, asked, completed, configured, decided, granted, observed, requested, resolved, session, started, ticked } from '../testing/tell.ts'
import { lineageOf } from '../testing/world.ts'

const args = { arguments_digest: `sha-256:${'a'.repeat(64)}` }
const ordinary = [
  session(0, { initiator: alice }), granted(0, 'g', { kind: 'root' }), requested(1, { session_id: 's', delegation_id: 'g', ...args }),
  decided(2, { requires_approval: {}, policies: [{ id: 'p', version: '1' }], evaluated: args }), asked(3, args), resolved(4, args), started(5, args), completed(6, args), observed(7),
]

test('M83: an ordinary trace with nothing registered raises nothing above info, whatever it tells', () => {
  for (const told of [[requested(1), started(5), completed(6)], ordinary, ordinary.slice(2), ordinary.filter((_, i) => i % 2 === 0 || i > 6)])
    expect(lineageOf([...told, ticked(1_000_000)]).findings.filter((finding) => finding.severity !== 'info')).toEqual([])
})

test('M84: deny, approval asked, approved, permit, run: nothing is wrong with that', () => {
  const all = configured({ producers: [{ id: 'default', legs: ['initiator', 'delegation', 'decision', 'approval', 'execution', 'outcome'] }], rules: { 'DEC-10': { on: true } } })
  const told = [all, ...ordinary.slice(0, 3), decided(2, { effect: 'deny', decision_id: 'd1' }), asked(3), resolved(4), decided(4.5, { decision_id: 'd2' }), started(5, args), completed(6, args), observed(7)]
  expect(lineageOf([...told, ticked(1_000_000)]).findings).toEqual([])
})

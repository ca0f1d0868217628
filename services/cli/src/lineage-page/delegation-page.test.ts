import type { Hop } from '@onbehalf/lineage'
import { expect, test } from 'vitest'
import { createStyle } from '../terminal/style.ts'
import { widthOf } from '../terminal/text.ts'
import { delegationPage, type DelegationDocument } from './delegation-page.ts'

const plain = { columns: 80, style: createStyle(false) }
const who = (sub: string) => ({ iss: 'https://x.example', sub, kind: 'agent' as const })
const root: Hop = {
  delegation_id: 'del-1', parent: { kind: 'root' }, grantor: who('alice'), delegate: who('a'), subject: who('alice'), mode: 'delegation', scope: null, effective_scope: null,
  not_before: null, expires_at: '2026-11-24T10:00:00Z', revoked_at: null, evidence: 'observed', entries: [],
}
const made = (delegation_id: string, parent_id: string, depth: number) =>
  ({ delegation_id, parent_id, depth, delegate: who(`agent-of-${delegation_id}`), effective_scope: { actions: ['stripe.refund'] }, expires_at: null, revoked_at: null, evidence: 'asserted' as const })
const document: DelegationDocument = {
  delegation_id: 'del-1', chain: [root], complete: true, totals: { actions: 0, delegations: 1 }, actions: [], delegations: [root], as_of: null,
  tree: { items: [made('b', 'del-1', 1), made('c', 'del-1', 1), made('b1', 'b', 2), made('b2', 'b1', 3)], truncated: false },
  revocation: { revoked_at: '2026-11-24T09:30:00Z', delegation_id: 'del-1', by: who('alice'), reason: 'done', cascade: false }, uses: { max: 2, count: 5 }, findings: [],
}

test('each delegation stands right below the one it was made from', () => {
  expect(delegationPage(document, plain)).toBe(`delegation del-1
  0 actions on it · 4 delegations made from it · 5 of 2 uses
  revoked 2026-11-24 09:30:00 by alice: done; what was made from it goes on

Where its authority comes from
▸ 1  alice ─▸ a
     del-1 (root)
     may: anything that its subject may
     until 2026-11-24 10:00:00, observed

Made from it
  1  └─▸ agent-of-b
         may: stripe.refund
         b, asserted
     2  └─▸ agent-of-b1
            may: stripe.refund
            b1, asserted
        3  └─▸ agent-of-b2
               may: stripe.refund
               b2, asserted
  1  └─▸ agent-of-c
         may: stripe.refund
         c, asserted`)
})

test('a cycle and a thousand levels end, within 80 columns', () => {
  const items = [made('x', 'y', 1), made('y', 'x', 2), ...Array.from({ length: 1_000 }, (_, i) => made(`d${i}`, i === 0 ? 'del-1' : `d${i - 1}`, i + 1))]
  const page = delegationPage({ ...document, tree: { items, truncated: true } }, plain)
  expect(page).toContain('1002 or more delegations made from it')
  expect(page).toContain('… and 802 more (--json has them all)')
  for (const line of page.split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(80)
})

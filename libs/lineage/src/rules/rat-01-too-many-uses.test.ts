import { alice, bot, granted, helper, own, requested, started } from '../testing/tell.ts'
import { subjectTable } from '../testing/subject-table.ts'
import { tooManyUses } from './rat-01-too-many-uses.ts'

const root = { kind: 'root' }
const twice = { scope: { constraints: { max_uses: 2 } } }
const use = (n: number, delegation_id = 'g', attributes = {}) => [
  requested(n, { action_id: `a-${n}`, delegation_id }, attributes), started(n + 0.5, { action_id: `a-${n}` }, attributes),
]
const below = granted(-5, 'h', 'g', { grantor: bot, delegate: helper })

subjectTable('M151: RAT-01', tooManyUses, [
  { kind: 'firing', given: 'three uses, and two are allowed', when: [granted(-10, 'g', root, twice), ...use(1), ...use(2), ...use(3)], expect: 'fires', of: 'g', says: /^3 actions ran under delegation g to refund-bot, which allows 2\.$/ },
  { kind: 'firing', given: 'one of them under what was made from it', when: [granted(-10, 'g', root, twice), below, ...use(1), ...use(2), ...use(3, 'h')], expect: 'fires', of: 'g' },
  { kind: 'quiet', given: 'nothing is said of uses', when: [granted(-10, 'g', root), ...use(1), ...use(2), ...use(3)], expect: 'quiet' },
  { kind: 'quiet', given: 'the third did not run', when: [granted(-10, 'g', root, twice), ...use(1), ...use(2), requested(3, { action_id: 'a-3', delegation_id: 'g' })], expect: 'quiet' },
  { kind: 'boundary', given: 'as many as are allowed', when: [granted(-10, 'g', root, twice), ...use(1), ...use(2)], expect: 'quiet' },
  { kind: 'boundary', given: 'none is allowed, and one ran', when: [granted(-10, 'g', root, { scope: { constraints: { max_uses: 0 } } }), ...use(1)], expect: 'fires' },
  { kind: 'resolved', given: 'one is retracted', when: [granted(-10, 'g', root, twice), ...use(1), ...use(2), ...use(3, 'g', { producer: 'other' }), own('assertion.retracted', 100, { producer: 'other', reason: 'a test', by: alice })], expect: 'quiet' },
])

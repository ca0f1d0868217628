import { alice, configured, granted, own, requested, type Attributes } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { tooDeep } from './chn-06-too-deep.ts'

const root = { kind: 'root' }
const line = (depth: number, limits: Record<number, number> = {}, attributes?: Attributes) => [
  ...Array.from({ length: depth }, (_, n) =>
    granted(n - 100, `g${n}`, n === 0 ? root : `g${n - 1}`, n in limits ? { max_depth: limits[n] } : {}, attributes)),
  requested(0, { delegation_id: `g${depth - 1}` }),
]
const limited = line(3, { 1: 0 })
const grant = limited[1]!

ruleTable('M116: CHN-06', tooDeep, [
  { kind: 'firing', given: 'a grant that may not be passed on is', when: limited, expect: 'fires', says: /^Delegation g1 was passed on over 1 further hops and allows 0\.$/ },
  { kind: 'firing', given: 'more than the tenant allows', when: [configured({ budgets: { depth_max: 2 } }), ...line(3)], expect: 'fires', says: /^The chain has 3 delegations; 2 are allowed\.$/ },
  { kind: 'firing', given: 'longer than is followed', when: [configured({ budgets: { depth_max: 64 } }), ...line(70)], expect: 'fires', says: /more than 64/ },
  { kind: 'quiet', given: 'no delegation', when: [requested(0)], expect: 'quiet' },
  { kind: 'quiet', given: 'a grant allows what was made of it', when: line(3, { 0: 5 }), expect: 'quiet' },
  { kind: 'boundary', given: 'as many as by default', when: line(8), expect: 'quiet' },
  { kind: 'boundary', given: 'one more than by default', when: line(9), expect: 'fires' },
  { kind: 'boundary', given: 'exactly what a grant allows', when: line(3, { 0: 2, 1: 1, 2: 0 }), expect: 'quiet' },
  { kind: 'boundary', given: 'one more than a grant allows', when: line(3, { 0: 1 }), expect: 'fires' },
  { kind: 'resolved', given: 'the limiting grant is retracted for another of its id', when: [...limited, granted(-90, 'g1', 'g0'),
    own('assertion.retracted', 50, { producer: 'default', positions: [{ log: grant.log, from: grant.index, to: grant.index }], reason: 'wrong', by: alice })], expect: 'quiet' },
])

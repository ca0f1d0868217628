import { granted, requested } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { cycle } from './chn-07-cycle.ts'

const under = requested(0, { delegation_id: 'g' })
const circle = [granted(-9, 'g', 'h'), granted(-8, 'h', 'i'), granted(-7, 'i', 'g')]

ruleTable('M117: CHN-07', cycle, [
  { kind: 'firing', given: 'three in a circle', when: [...circle, under], expect: 'fires', says: /^Delegation g is its own ancestor, by way of i, h: no root authorises it\.$/ },
  { kind: 'firing', given: 'below a circle', when: [granted(-9, 'g', 'h'), granted(-8, 'h', 'i'), granted(-7, 'i', 'h'), under], expect: 'fires', says: /^Delegation h is its own ancestor, by way of i:/ },
  { kind: 'quiet', given: 'a root', when: [granted(-9, 'g', { kind: 'root' }), under], expect: 'quiet' },
  { kind: 'quiet', given: 'the parent has never been received', when: [granted(-9, 'g', 'h'), under], expect: 'quiet' },
  { kind: 'boundary', given: 'its own parent', when: [granted(-9, 'g', 'g'), under], expect: 'fires', says: /^Delegation g is its own ancestor: no root/ },
  {
    kind: 'boundary', given: 'a circle as long as what is followed', expect: 'fires',
    when: [granted(-9, 'g', 'g1'), ...Array.from({ length: 63 }, (_, n) => granted(-8, `g${n + 1}`, n === 62 ? 'g' : `g${n + 2}`)), under],
  },
  { kind: 'boundary', given: 'two of one principal to itself are no circle', when: [granted(-9, 'h', { kind: 'root' }), granted(-8, 'g', 'h'), under], expect: 'quiet' },
  { kind: 'resolved', given: 'an earlier grant of that id, from a root, arrives late', when: [...circle, under, granted(-10, 'i', { kind: 'root' })], expect: 'quiet' },
])

import { ruleTable } from '../testing/rule-table.ts'
import { completed, decided, requested, resolved, started } from '../testing/tell.ts'
import { decidedTooLate } from './dec-11-decided-too-late.ts'

const ran = [requested(0), started(2), completed(3)]
const needsApproval = decided(1, { requires_approval: {} })

// Clocks may differ by 5 s.
ruleTable('M171: DEC-11', decidedTooLate, [
  { kind: 'firing', given: 'decided afterwards', when: [...ran, decided(20)], expect: 'fires', says: /^It started at .*:02.*, and was decided only at .*:20/ },
  { kind: 'firing', given: 'approved afterwards', when: [needsApproval, ...ran, resolved(20)], expect: 'fires', says: /the approval that it needed was given only at .*:20/ },
  { kind: 'firing', given: 'the second of two approvals came afterwards', when: [decided(1, { requires_approval: { min: 2 } }), ...ran, resolved(1), resolved(20, { approver: { iss: 'https://login.example', sub: 'carol', kind: 'user' } })], expect: 'fires' },
  { kind: 'quiet', given: 'decided before, and once more afterwards', when: [...ran, decided(1), decided(20)], expect: 'quiet' },
  { kind: 'quiet', given: 'approved afterwards, and nothing required it', when: [decided(1), ...ran, resolved(20)], expect: 'quiet' },
  { kind: 'quiet', given: 'reviewed afterwards', when: [...ran, decided(20, { phase: 'post_hoc' })], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [requested(0), decided(20)], expect: 'quiet' },
  { kind: 'quiet', given: 'it was blocked', when: [requested(0), completed(2, { status: 'blocked' }), decided(20)], expect: 'quiet' },
  { kind: 'firing', given: 'decided twice afterwards: the first is named', when: [...ran, decided(20), decided(30)], expect: 'fires', says: /decided only at .*:20Z/ },
  { kind: 'quiet', given: 'no approval at all: that is APR-01', when: [needsApproval, ...ran], expect: 'quiet' },
  { kind: 'quiet', given: 'approved in time, and once more afterwards', when: [needsApproval, ...ran, resolved(1), resolved(20, { approval_id: 'ap2' })], expect: 'quiet' },
  { kind: 'boundary', given: 'late by no more than the skew', when: [...ran, decided(7)], expect: 'quiet' },
  { kind: 'boundary', given: 'by just more', when: [...ran, decided(7.001)], expect: 'fires' },
  { kind: 'resolved', given: 'a decision from before the start arrives late', when: [...ran, decided(20), decided(1)], expect: 'quiet' },
])

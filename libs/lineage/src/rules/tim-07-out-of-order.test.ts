import { ruleTable } from '../testing/rule-table.ts'
import { asked, bot, completed, configured, decided, granted, helper, observed, requested, resolved, session, started } from '../testing/tell.ts'
import { outOfOrder } from './tim-07-out-of-order.ts'

// Clocks may differ by 5 s.
ruleTable('M147: TIM-07', outOfOrder, [
  { kind: 'firing', given: 'it ended before it started', when: [requested(0), started(20), completed(10)], expect: 'fires', says: /^It ended at .*:10Z?.*, and it started only at .*:20.*; clocks may differ by 5000 ms/ },
  { kind: 'firing', given: 'it started before it was asked for', when: [requested(20), started(10)], expect: 'fires', says: /^It started at .* it was asked for only at/ },
  { kind: 'firing', given: 'its session started later', when: [session(30), requested(0, { session_id: 's' })], expect: 'fires' },
  { kind: 'firing', given: 'its delegation was granted later', when: [requested(0, { delegation_id: 'g' }), started(1), granted(30, 'g', { kind: 'root' })], expect: 'fires', says: /its delegation g was granted only at/ },
  { kind: 'firing', given: 'a delegation is older than the one above it', when: [requested(50, { delegation_id: 'g' }), granted(30, 'root', { kind: 'root' }, { delegate: helper }), granted(0, 'g', 'root', { grantor: helper, delegate: bot })], expect: 'fires', says: /^Delegation g was granted .*delegation root above it only at/ },
  { kind: 'firing', given: 'approved before it was asked', when: [requested(0), asked(30), resolved(10)], expect: 'fires' },
  { kind: 'firing', given: 'its effect was observed before it ran', when: [requested(0), started(30), observed(10)], expect: 'fires' },
  { kind: 'quiet', given: 'all in order', when: [session(0), granted(0, 'g', { kind: 'root' }), requested(10, { session_id: 's', delegation_id: 'g' }), asked(11), resolved(12), decided(13), started(14), completed(15), observed(20)], expect: 'quiet' },
  { kind: 'quiet', given: 'a wider skew is allowed', when: [configured({ budgets: { skew_ms: 60_000 } }), requested(0), started(20), completed(10)], expect: 'quiet' },
  { kind: 'firing', given: 'it ended before it was asked for', when: [requested(20), completed(10)], expect: 'fires', says: /^It ended at .* it was asked for only at/ },
  { kind: 'firing', given: 'it ended before its delegation was granted', when: [requested(0, { delegation_id: 'g' }), completed(1), granted(30, 'g', { kind: 'root' })], expect: 'fires' },
  { kind: 'firing', given: 'it ended after its effect was observed', when: [requested(0), completed(30), observed(10)], expect: 'fires' },
  { kind: 'firing', given: 'approved before it was asked, and once more afterwards', when: [requested(0), asked(10), resolved(0), resolved(20)], expect: 'fires' },
  { kind: 'boundary', given: 'by no more than the skew', when: [requested(0), started(15), completed(10)], expect: 'quiet' },
  { kind: 'boundary', given: 'by just more', when: [requested(0), started(15.001), completed(10)], expect: 'fires' },
  { kind: 'resolved', given: 'an earlier start arrives late', when: [requested(0), started(20), completed(10), started(5)], expect: 'quiet' },
])

import { asked, completed, configured, decided, requested, resolved, started, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { noEnd } from './out-01-no-end.ts'

const runner = { producer: 'runner' }
const producers = [{ id: 'runner', legs: ['execution' as const], delay_ms: 10_000 }]
const armed = configured({ producers, budgets: { execution_due_ms: 60_000 } })
const begun = [requested(0, {}, runner), started(1, {}, runner)]

ruleTable('M191: OUT-01', noEnd, [
  { kind: 'firing', given: 'it started, and no end came', when: [armed, ...begun, ticked(100)], expect: 'fires', says: /Asked for at .*09:00:00Z, started at .*09:00:01Z, and no end has been received; it was due by 2026-11-24T09:01:00Z\.$/ },
  { kind: 'firing', given: 'it never started', when: [armed, requested(0, {}, runner), ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'only a stranger says that it ended', when: [armed, ...begun, completed(2), ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'a denied action started all the same', when: [armed, ...begun, decided(0.5, { effect: 'deny' }), ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'only a decision is known of it', when: [armed, decided(0), ticked(100)], expect: 'fires', says: /^Known from others only, and no end has been received/ },
  { kind: 'quiet', given: 'it ended', when: [armed, ...begun, completed(2, { status: 'failed' }, runner), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody is registered for executions', when: [configured({ budgets: { execution_due_ms: 60_000 } }), requested(0), started(1), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'there is no deadline', when: [configured({ producers }), ...begun, ticked(1_000_000)], expect: 'quiet' },
  { kind: 'quiet', given: 'it was denied, and nothing ran', when: [armed, requested(0, {}, runner), decided(1, { effect: 'deny' }), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'the approval was refused', when: [armed, requested(0, {}, runner), asked(1), resolved(2, { resolution: 'denied' }), ticked(100)], expect: 'quiet' },
  { kind: 'firing', given: 'it was asked for twice: the first is named', when: [armed, requested(0, {}, runner), requested(5, {}, runner), ticked(100)], expect: 'fires', says: /^Asked for at 2026-11-24T09:00:00Z/ },
  { kind: 'firing', given: 'it was approved', when: [armed, requested(0, {}, runner), asked(1), resolved(2), ticked(100)], expect: 'fires' },
  { kind: 'quiet', given: 'it was approved, and that was taken back', when: [armed, requested(0, {}, runner), asked(1), resolved(2), resolved(3, { resolution: 'denied' }), ticked(100)], expect: 'quiet' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, ...begun, ticked(59.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has passed, and the delay has not', when: [armed, ...begun, ticked(69.999)], expect: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, ...begun, ticked(70)], expect: 'fires' },
  { kind: 'resolved', given: 'the end arrives late', when: [armed, ...begun, ticked(100), completed(3, {}, runner)], expect: 'quiet' },
])

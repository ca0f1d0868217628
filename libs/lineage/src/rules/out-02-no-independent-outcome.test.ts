import { at, completed, configured, decided, observed, requested, started, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { noIndependentOutcome } from './out-02-no-independent-outcome.ts'

const ledger = { producer: 'ledger' }
const armed = configured({ producers: [{ id: 'ledger', legs: ['outcome'], delay_ms: 10_000 }], budgets: { outcome_due_ms: 60_000 } })
const ran = [requested(0), started(1), completed(2)]

// Due 60 s after the start.
ruleTable('M192: OUT-02', noIndependentOutcome, [
  { kind: 'firing', given: 'it succeeded, as only the agent says', when: [armed, ...ran, ticked(100)], expect: 'fires', says: /It ended succeeded at .*:02Z, .*due by 2026-11-24T09:01:01Z\.$/ },
  { kind: 'firing', given: 'it started, and nothing more is known', when: [armed, requested(0), started(1), ticked(100)], expect: 'fires', says: /It started at/ },
  { kind: 'firing', given: 'who confirmed it is not registered for outcomes', when: [armed, ...ran, observed(3), ticked(100)], expect: 'fires' },
  { kind: 'quiet', given: 'the ledger has seen it', when: [armed, ...ran, observed(3, {}, ledger), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody is registered for outcomes', when: [...ran, ticked(1_000_000)], expect: 'quiet' },
  { kind: 'quiet', given: 'it was denied, and nothing ran', when: [armed, requested(0), decided(1, { effect: 'deny' }), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'it was blocked', when: [armed, requested(0), started(1), completed(2, { status: 'blocked' }), ticked(100)], expect: 'quiet' },
  { kind: 'firing', given: 'it was only asked for, twice: the first is named', when: [armed, requested(0), requested(5), ticked(100)], expect: 'fires', says: /^It was asked for at 2026-11-24T09:00:00Z/ },
  { kind: 'firing', given: 'only decisions are known of it', when: [armed, decided(0), decided(3), ticked(100)], expect: 'fires', says: /at 2026-11-24T09:00:00Z/ },
  { kind: 'quiet', given: 'it was cancelled', when: [armed, requested(0), started(1), completed(2, { status: 'cancelled' }), ticked(100)], expect: 'quiet' },
  { kind: 'firing', given: 'a decision is older than what was asked for', when: [armed, decided(-1), requested(0), ticked(100)], expect: 'fires', says: /was asked for at 2026-11-24T09:00:00Z/ },
  { kind: 'firing', given: 'it was denied, and ran all the same', when: [armed, requested(0), decided(0.5, { effect: 'deny' }), started(1), completed(2), ticked(100)], expect: 'fires' },
  { kind: 'provisional', given: 'the ledger may take longer', when: [configured({ producers: [{ id: 'ledger', legs: ['outcome'], delay_ms: 1_000_000 }], budgets: { outcome_due_ms: 60_000 } }), ...ran, ticked(200)], expect: 'provisional' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, ...ran, ticked(60.999)], expect: 'quiet' },
  { kind: 'boundary', given: 'the request says an earlier deadline', when: [armed, requested(0, { outcome_due: at(30) }), started(1), ticked(40)], expect: 'fires' },
  { kind: 'provisional', given: 'the deadline has passed, and the delay has not', when: [armed, ...ran, ticked(70.999)], expect: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, ...ran, ticked(71)], expect: 'fires' },
  { kind: 'resolved', given: 'the outcome arrives late', when: [armed, ...ran, ticked(100), observed(3, {}, ledger)], expect: 'quiet' },
])

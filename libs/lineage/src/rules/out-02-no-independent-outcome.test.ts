import { at, completed, configured, decided, observed, requested, started, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { noIndependentOutcome } from './out-02-no-independent-outcome.ts'

const ledger = { producer: 'ledger' }
const armed = configured({ producers: [{ id: 'ledger', legs: ['outcome'], delay_ms: 10_000 }], budgets: { outcome_due_ms: 60_000 } })
const ran = [requested(0), started(1), completed(2)]

// Due 60 s after the start.
ruleTable(noIndependentOutcome, [
  { kind: 'firing', given: 'it succeeded, as only the agent says', when: [armed, ...ran, ticked(100)], then: 'fires', says: /It ended succeeded at .*:02Z, .*due by 2026-11-24T09:01:01Z\.$/ },
  { kind: 'firing', given: 'it started, and nothing more is known', when: [armed, requested(0), started(1), ticked(100)], then: 'fires', says: /It started at/ },
  { kind: 'firing', given: 'who confirmed it is not registered for outcomes', when: [armed, ...ran, observed(3), ticked(100)], then: 'fires' },
  { kind: 'quiet', given: 'the ledger has seen it', when: [armed, ...ran, observed(3, {}, ledger), ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'nobody is registered for outcomes', when: [...ran, ticked(1_000_000)], then: 'quiet' },
  { kind: 'quiet', given: 'it was denied, and nothing ran', when: [armed, requested(0), decided(1, { effect: 'deny' }), ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'it was blocked', when: [armed, requested(0), started(1), completed(2, { status: 'blocked' }), ticked(100)], then: 'quiet' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, ...ran, ticked(60.999)], then: 'quiet' },
  { kind: 'boundary', given: 'the request says an earlier deadline', when: [armed, requested(0, { outcome_due: at(30) }), started(1), ticked(40)], then: 'fires' },
  { kind: 'provisional', given: 'the deadline has passed, and the delay has not', when: [armed, ...ran, ticked(70.999)], then: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, ...ran, ticked(71)], then: 'fires' },
  { kind: 'resolved', given: 'the outcome arrives late', when: [armed, ...ran, ticked(100), observed(3, {}, ledger)], then: 'quiet' },
])

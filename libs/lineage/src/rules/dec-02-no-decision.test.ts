import { completed, configured, decided, requested, started, ticked, without } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { noDecision } from './dec-02-no-decision.ts'

const armed = configured({ producers: [{ id: 'pdp', legs: ['decision'], delay_ms: 10_000 }] })
const ran = [requested(0), started(1), completed(2)]
const pdp = { producer: 'pdp' }
const shared = [requested(0, { decision_id: 'd' }, pdp), requested(0, { action_id: 'b', decision_id: 'd' }, pdp)]
const unsure = (data: object) => without(decided(0.5, { decision_id: 'd', ...data }, pdp), 'action_id')
// Who reports what ran may say which decision it was.
const both = configured({ producers: [{ id: 'pdp', legs: ['decision', 'execution'], delay_ms: 10_000 }] })

// Due 60 s after it was asked for (budget decision_due_ms), and the policy point may take 10 s more (delay_ms).
ruleTable('M162: DEC-02', noDecision, [
  { kind: 'firing', given: 'it ran, and everybody who could decide has told everything', when: [armed, ...ran, ticked(100)], expect: 'fires', says: /no decision has been received for it/ },
  { kind: 'firing', given: 'only a stranger says that it was decided', when: [armed, ...ran, decided(0.5), ticked(100)], expect: 'fires', says: /from who is registered for decisions/ },
  { kind: 'firing', given: 'it was only reviewed afterwards', when: [armed, ...ran, decided(50, { phase: 'post_hoc' }, pdp), ticked(100)], expect: 'fires', says: /only reviewed afterwards/ },
  { kind: 'firing', given: 'a permit that may be of another action', when: [both, ...shared, unsure({}), started(1, {}, pdp), ticked(100)], expect: 'fires', says: /may be of another action/ },
  { kind: 'quiet', given: 'a denial that may be of another action: then it is denied', when: [both, ...shared, unsure({ effect: 'deny' }), started(1, {}, pdp), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'the policy point failed open: that is no clear decision, but one', when: [armed, ...ran, decided(0.5, { enforcement: 'failed_open' }, pdp), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'only a sign-in decision: that is DEC-03', when: [armed, ...ran, decided(0, { phase: 'sign_in' }, pdp), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'decided after the start: that is DEC-11', when: [armed, ...ran, decided(20, {}, pdp), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody is registered for decisions', when: [...ran, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'it did not run', when: [armed, requested(0), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'it was blocked', when: [armed, requested(0), completed(1, { status: 'blocked' }), ticked(100)], expect: 'quiet' },
  { kind: 'firing', given: 'a sign-in that may be of another action', when: [both, ...shared, unsure({ phase: 'sign_in' }), started(1, {}, pdp), ticked(100)], expect: 'fires', says: /may be of another action/ },
  { kind: 'quiet', given: 'signed in, and reviewed afterwards: that is DEC-03', when: [armed, ...ran, decided(0, { phase: 'sign_in' }, pdp), decided(50, { phase: 'post_hoc' }, pdp), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'a decision that was not enforced', when: [armed, ...ran, decided(0.5, { enforcement: 'not_enforced' }, pdp), ticked(100)], expect: 'quiet' },
  { kind: 'provisional', given: 'the policy point may take longer', when: [configured({ producers: [{ id: 'pdp', legs: ['decision'], delay_ms: 1_000_000 }] }), ...ran, ticked(100)], expect: 'provisional' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, ...ran, ticked(59.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has just passed, and the delay has not', when: [armed, ...ran, ticked(60)], expect: 'provisional' },
  { kind: 'boundary', given: 'the delay has not quite passed', when: [armed, ...ran, ticked(69.999)], expect: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, ...ran, ticked(70)], expect: 'fires' },
  { kind: 'boundary', given: 'it started long after it was asked for: the delay runs from the start', when: [armed, requested(0), started(500), ticked(505)], expect: 'provisional' },
  { kind: 'resolved', given: 'the decision arrives late', when: [armed, ...ran, ticked(100), decided(0.5, {}, pdp)], expect: 'quiet' },
])

import { ruleTable } from '../testing/rule-table.ts'
import { ben, completed, configured, decided, requested, resolved, started, ticked, without } from '../testing/tell.ts'
import { noApproval } from './apr-01-no-approval.ts'

const armed = configured({ producers: [{ id: 'desk', legs: ['approval'], delay_ms: 10_000 }] })
const desk = { producer: 'desk' }
const carol = { ...ben, sub: 'carol' }
const needs = (data: object = {}) => decided(1, { requires_approval: data })
const ran = (seconds = 3) => [requested(0), started(seconds), completed(seconds + 1)]
const shared = (data: object) => [
  armed, requested(0, { approval_id: 'ap' }), requested(0, { action_id: 'b', approval_id: 'ap' }), needs(), started(3), ticked(100),
  without(resolved(2, data, desk), 'action_id'),
]

// Approvals are due 60 s after it was asked for (budget context_due_ms), and the desk may take 10 s more (delay_ms).
ruleTable('M181: APR-01', noApproval, [
  { kind: 'firing', given: 'required, and none was given', when: [armed, needs(), ...ran(), ticked(100)], expect: 'fires', says: /^The decision of .*:01.* requires an approval; when it started at .*:03.*, no approval stood/ },
  { kind: 'firing', given: 'it was refused', when: [armed, needs(), ...ran(), resolved(2, { resolution: 'denied' }, desk), ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'it was approved, and that was taken back', when: [armed, needs(), ...ran(), resolved(1, {}, desk), resolved(2, { resolution: 'cancelled', approver: undefined }, desk), ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'one of two', when: [armed, needs({ min: 2 }), ...ran(), resolved(2, {}, desk), ticked(100)], expect: 'fires', says: /of 2 approvals only 1 stood/ },
  { kind: 'firing', given: 'one approved twice, two are needed', when: [armed, needs({ min: 2 }), ...ran(), resolved(1, {}, desk), resolved(2, { approval_id: 'ap2' }, desk), ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'only a stranger says that it was approved', when: [armed, needs(), ...ran(), resolved(2), ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'an approval that may be of another action', when: shared({}), expect: 'fires', says: /may be of another action/ },
  { kind: 'quiet', given: 'an approval that is for several actions', when: shared({ max_uses: 2 }), expect: 'quiet' },
  {
    kind: 'quiet', given: 'an approval for the session, filed under the first action of it',
    when: [armed, requested(-9, { action_id: 'b', approval_id: 'ap' }), resolved(-8, { action_id: 'b', scope: 'session' }, desk), requested(0, { approval_id: 'ap' }), needs(), started(3), ticked(100)], expect: 'quiet',
  },
  { kind: 'quiet', given: 'it was approved', when: [armed, needs(), ...ran(), resolved(2, {}, desk), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'her own user confirmed it', when: [armed, needs(), ...ran(), resolved(2, { kind: 'confirmation' }, desk), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'two of two', when: [armed, needs({ min: 2 }), ...ran(), resolved(2, {}, desk), resolved(2, { approver: carol }, desk), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'no decision requires one', when: [armed, decided(1), ...ran(), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody is registered for approvals', when: [needs(), ...ran(), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [armed, needs(), requested(0), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'there is no decision at all', when: [armed, ...ran(), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'a denial that may be of another action: that is DEC-01', when: [armed, requested(0, { decision_id: 'd' }), requested(0, { action_id: 'b', decision_id: 'd' }), without(decided(1, { decision_id: 'd', effect: 'deny' }), 'action_id'), started(3), ticked(100)], expect: 'quiet' },
  { kind: 'provisional', given: 'the desk may take longer', when: [configured({ producers: [{ id: 'desk', legs: ['approval'], delay_ms: 1_000_000 }] }), needs(), ...ran(), ticked(100)], expect: 'provisional' },
  { kind: 'boundary', given: 'approved within the skew after the start', when: [armed, needs(), ...ran(), resolved(8, {}, desk), ticked(100)], expect: 'quiet' },
  { kind: 'boundary', given: 'approved just after that', when: [armed, needs(), ...ran(), resolved(8.001, {}, desk), ticked(100)], expect: 'fires' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, needs(), ...ran(), ticked(59.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has just passed, and the delay has not', when: [armed, needs(), ...ran(), ticked(60)], expect: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, needs(), ...ran(), ticked(70)], expect: 'fires' },
  { kind: 'boundary', given: 'it was started an hour after it was asked for: the delay runs from there', when: [armed, needs(), ...ran(3600), ticked(3605)], expect: 'provisional' },
  { kind: 'resolved', given: 'the approval arrives late', when: [armed, needs(), ...ran(), ticked(100), resolved(2, {}, desk)], expect: 'quiet' },
])

import { ruleTable } from '../testing/rule-table.ts'
import { completed, configured, decided, granted, requested, resolved, started, tell, ticked } from '../testing/tell.ts'
import { deniedThenPermitted } from './dec-10-denied-then-permitted.ts'

const on = { rules: { 'DEC-10': { on: true } } }
const armed = configured(on)
const owned = configured({ ...on, producers: [{ id: 'desk', legs: ['approval'], delay_ms: 10_000 }] })
const deny = (seconds: number, data: object = {}) => decided(seconds, { pdp: 'opa', decision_id: `d-${seconds}`, effect: 'deny', ...data })
const permit = (seconds: number, data: object = {}) => decided(seconds, { pdp: 'opa', decision_id: `d-${seconds}`, ...data })
const asked = requested(0, { delegation_id: 'g' })
const pair = [asked, deny(1), permit(20), started(30), completed(31)]
const digest = (letter: string) => ({ evaluated: { arguments_digest: `sha-256:${letter.repeat(64)}` } })

// Approvals are due 60 s after it was asked for (budget context_due_ms).
ruleTable('M170: DEC-10', deniedThenPermitted, [
  { kind: 'firing', given: 'nothing is known to have changed', when: [armed, ...pair, ticked(60)], expect: 'fires', says: /^opa denied at .*:01.* and permitted at .*:20/ },
  { kind: 'quiet', given: 'it is not switched on', when: [...pair, ticked(60)], expect: 'quiet' },
  { kind: 'quiet', given: 'other arguments', when: [armed, asked, deny(1, digest('a')), permit(20, digest('b')), started(30), ticked(60)], expect: 'quiet' },
  { kind: 'quiet', given: 'another version of the policy', when: [armed, asked, deny(1), permit(20, { policies: [{ id: 'p', version: '2' }] }), started(30), ticked(60)], expect: 'quiet' },
  { kind: 'quiet', given: 'another policy point', when: [armed, asked, deny(1), permit(20, { pdp: 'cedar' }), started(30), ticked(60)], expect: 'quiet' },
  { kind: 'quiet', given: 'a delegation was granted in between', when: [armed, ...pair, granted(10, 'g', { kind: 'root' }), ticked(60)], expect: 'quiet' },
  { kind: 'quiet', given: 'the policy was published in between', when: [armed, ...pair, tell('policy.published', 10, { policy: { id: 'p', version: '1' } }), ticked(60)], expect: 'quiet' },
  { kind: 'firing', given: 'the same policies in another order', when: [armed, asked, deny(1, { policies: [{ id: 'p', version: '1' }, { id: 'q', version: '1' }] }), permit(20, { policies: [{ id: 'q', version: '1' }, { id: 'p', version: '1' }] }), started(30), ticked(60)], expect: 'fires' },
  { kind: 'firing', given: 'the same arguments', when: [armed, asked, deny(1, digest('a')), permit(20, digest('a')), started(30), ticked(60)], expect: 'fires' },
  { kind: 'quiet', given: 'permitted twice', when: [armed, asked, permit(1), permit(20), started(30), ticked(60)], expect: 'quiet' },
  { kind: 'quiet', given: 'denied twice', when: [armed, asked, deny(1), deny(20), started(30), ticked(60)], expect: 'quiet' },
  { kind: 'quiet', given: 'a version of the policy with another digest', when: [armed, asked, deny(1, { policies: [{ id: 'p', digest: 'abc' }] }), permit(20, { policies: [{ id: 'p', digest: 'def' }] }), started(30), ticked(60)], expect: 'quiet' },
  { kind: 'quiet', given: 'another operation', when: [armed, asked, deny(1, { evaluated: { operation: 'read' } }), permit(20, { evaluated: { operation: 'pay' } }), started(30), ticked(60)], expect: 'quiet' },
  { kind: 'boundary', given: 'approved as it was denied', when: [armed, ...pair, resolved(1), ticked(60)], expect: 'quiet' },
  { kind: 'boundary', given: 'approved before that', when: [armed, ...pair, resolved(0.999), ticked(60)], expect: 'fires' },
  { kind: 'boundary', given: 'approved as it was permitted', when: [armed, ...pair, resolved(20), ticked(60)], expect: 'quiet' },
  { kind: 'boundary', given: 'approved after that', when: [armed, ...pair, resolved(20.001), ticked(60)], expect: 'fires' },
  { kind: 'boundary', given: 'within ten minutes', when: [armed, requested(0), deny(1), permit(601), ticked(700)], expect: 'fires' },
  { kind: 'boundary', given: 'just later', when: [armed, requested(0), deny(1), permit(601.001), ticked(700)], expect: 'quiet' },
  { kind: 'boundary', given: 'what changed may still be told', when: [armed, ...pair, ticked(59.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has passed, and the delay has not', when: [owned, ...pair, ticked(69.999)], expect: 'provisional' },
  { kind: 'resolved', given: 'an approval from in between arrives late', when: [armed, ...pair, ticked(60), resolved(10)], expect: 'quiet' },
])

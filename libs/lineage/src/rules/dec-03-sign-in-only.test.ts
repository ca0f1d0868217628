import { ruleTable } from '../testing/rule-table.ts'
import { completed, configured, decided, requested, started, ticked } from '../testing/tell.ts'
import { signInOnly } from './dec-03-sign-in-only.ts'

const armed = configured({ producers: [{ id: 'pdp', legs: ['decision'], delay_ms: 10_000 }] })
const pdp = { producer: 'pdp' }
const signIn = decided(0, { phase: 'sign_in' }, pdp)
const ran = [requested(0), started(1), completed(2)]

// Due 60 s after it was asked for, and the policy point may take 10 s more.
ruleTable('M163: DEC-03', signInOnly, [
  { kind: 'firing', given: 'only the sign-in was decided', when: [armed, signIn, ...ran, ticked(100)], expect: 'fires', says: /the only decision known is that of the sign-in at .*:00Z/ },
  { kind: 'firing', given: 'and it was reviewed afterwards', when: [armed, signIn, ...ran, decided(50, { phase: 'post_hoc' }, pdp), ticked(100)], expect: 'fires' },
  { kind: 'quiet', given: 'decided at run time', when: [armed, signIn, ...ran, decided(0.5, {}, pdp), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing was decided at all: that is DEC-02', when: [armed, ...ran, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody is registered for decisions', when: [decided(0, { phase: 'sign_in' }), ...ran, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [armed, signIn, requested(0), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'it was only reviewed afterwards: that is DEC-02', when: [armed, ...ran, decided(50, { phase: 'post_hoc' }, pdp), ticked(100)], expect: 'quiet' },
  { kind: 'provisional', given: 'the policy point may take longer', when: [configured({ producers: [{ id: 'pdp', legs: ['decision'], delay_ms: 1_000_000 }] }), signIn, ...ran, ticked(100)], expect: 'provisional' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, signIn, ...ran, ticked(59.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has just passed, and the delay has not', when: [armed, signIn, ...ran, ticked(60)], expect: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, signIn, ...ran, ticked(70)], expect: 'fires' },
  { kind: 'resolved', given: 'the decision at run time arrives late', when: [armed, signIn, ...ran, ticked(100), decided(0.5, {}, pdp)], expect: 'quiet' },
])

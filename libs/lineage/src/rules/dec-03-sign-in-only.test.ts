import { ruleTable } from '../testing/rule-table.ts'
import { completed, configured, decided, requested, started, ticked } from '../testing/tell.ts'
import { signInOnly } from './dec-03-sign-in-only.ts'

const armed = configured({ producers: [{ id: 'pdp', legs: ['decision'], delay_ms: 10_000 }] })
const pdp = { producer: 'pdp' }
const signIn = decided(0, { phase: 'sign_in' }, pdp)
const ran = [requested(0), started(1), completed(2)]

// Due 60 s after it was asked for, and the policy point may take 10 s more.
ruleTable(signInOnly, [
  { kind: 'firing', given: 'only the sign-in was decided', when: [armed, signIn, ...ran, ticked(100)], then: 'fires', says: /the only decision known is that of the sign-in at .*:00Z/ },
  { kind: 'firing', given: 'and it was reviewed afterwards', when: [armed, signIn, ...ran, decided(50, { phase: 'post_hoc' }, pdp), ticked(100)], then: 'fires' },
  { kind: 'quiet', given: 'decided at run time', when: [armed, signIn, ...ran, decided(0.5, {}, pdp), ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'nothing was decided at all: that is DEC-02', when: [armed, ...ran, ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'nobody is registered for decisions', when: [decided(0, { phase: 'sign_in' }), ...ran, ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [armed, signIn, requested(0), ticked(100)], then: 'quiet' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, signIn, ...ran, ticked(59.999)], then: 'quiet' },
  { kind: 'provisional', given: 'the deadline has just passed, and the delay has not', when: [armed, signIn, ...ran, ticked(60)], then: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, signIn, ...ran, ticked(70)], then: 'fires' },
  { kind: 'resolved', given: 'the decision at run time arrives late', when: [armed, signIn, ...ran, ticked(100), decided(0.5, {}, pdp)], then: 'quiet' },
])

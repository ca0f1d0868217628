import { ruleTable } from '../testing/rule-table.ts'
import { completed, configured, decided, requested, started, ticked } from '../testing/tell.ts'
import { onlyTheAgentSays } from './dec-12-only-the-agent-says.ts'

const armed = configured({ producers: [{ id: 'pdp', legs: ['decision'], delay_ms: 10_000 }] })
const ran = [requested(0), started(1), completed(2)]

// Due 60 s after it was asked for, and the policy point may take 10 s more.
ruleTable('M172: DEC-12', onlyTheAgentSays, [
  { kind: 'firing', given: 'who acted says that it was permitted', when: [armed, ...ran, decided(0.5), ticked(100)], expect: 'fires', says: /\(permit, at .*\) is said by default alone/ },
  { kind: 'quiet', given: 'the policy point says so as well', when: [armed, ...ran, decided(0.5), decided(0.6, {}, { producer: 'pdp' }), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'somebody else says so', when: [armed, ...ran, decided(0.5, {}, { producer: 'gateway' }), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody says anything', when: [armed, ...ran, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody is registered for decisions', when: [...ran, decided(0.5), ticked(100)], expect: 'quiet' },
  { kind: 'firing', given: 'who acted says so twice: the last is named', when: [armed, ...ran, decided(0.5), decided(0.8, { effect: 'deny' }), ticked(100)], expect: 'fires', says: /\(deny, at 2026-11-24T09:00:00\.8Z\)/ },
  { kind: 'provisional', given: 'the policy point may take longer', when: [configured({ producers: [{ id: 'pdp', legs: ['decision'], delay_ms: 1_000_000 }] }), ...ran, decided(0.5), ticked(100)], expect: 'provisional' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, ...ran, decided(0.5), ticked(59.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has just passed, and the delay has not', when: [armed, ...ran, decided(0.5), ticked(60)], expect: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, ...ran, decided(0.5), ticked(70)], expect: 'fires' },
  { kind: 'resolved', given: 'the policy point\'s own word arrives late', when: [armed, ...ran, decided(0.5), ticked(100), decided(0.5, {}, { producer: 'pdp' })], expect: 'quiet' },
])

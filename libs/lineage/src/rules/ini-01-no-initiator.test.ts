import { alice, completed, configured, requested, session, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { noInitiator } from './ini-01-no-initiator.ts'

const armed = configured({ producers: [{ id: 'idp', legs: ['initiator'] }] })
const ran = [requested(0, { session_id: 's' }), completed(2)]
const idp = { producer: 'idp' }

// Due 60 s after it was asked for (budget context_due_ms), and the owner may take 10 s more (delay_ms).
ruleTable(noInitiator, [
  { kind: 'firing', given: 'nobody says who', when: [armed, ...ran, ticked(100)], then: 'fires', says: /Nobody has said who set off/ },
  { kind: 'firing', given: 'a webhook without a caller', when: [armed, ...ran, session(-1, { trigger: 'webhook' }, idp), ticked(100)], then: 'fires' },
  { kind: 'firing', given: 'only a stranger says who', when: [armed, requested(0, { initiator: alice }), ticked(100)], then: 'fires', says: /^alice is said .*, but not by a source/ },
  { kind: 'firing', given: 'only a stranger says that it was a schedule', when: [armed, ...ran, session(-1, { trigger: 'schedule' }), ticked(100)], then: 'fires' },
  { kind: 'quiet', given: 'nobody is registered for initiators', when: [...ran, ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'the session has an initiator', when: [armed, ...ran, session(-1, { initiator: alice }, idp), ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'a schedule that is not named', when: [armed, ...ran, session(-1, { trigger: 'schedule' }, idp), ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'an agent on its own', when: [armed, ...ran, session(-1, { trigger: 'autonomous' }, idp), ticked(100)], then: 'quiet' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, ...ran, ticked(59.999)], then: 'quiet' },
  { kind: 'provisional', given: 'the deadline has just passed, and the delay has not', when: [armed, ...ran, ticked(60)], then: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, ...ran, ticked(70)], then: 'fires' },
  { kind: 'resolved', given: 'the session is told late', when: [armed, ...ran, ticked(100), session(-1, { initiator: alice }, idp)], then: 'quiet' },
])

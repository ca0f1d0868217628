import { alice, completed, configured, requested, session, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { noInitiator } from './ini-01-no-initiator.ts'

const armed = configured({ producers: [{ id: 'idp', legs: ['initiator'] }] })
const ran = [requested(0, { session_id: 's' }), completed(2)]
const idp = { producer: 'idp' }

// Due 60 s after it was asked for (budget context_due_ms), and the owner may take 10 s more (delay_ms).
ruleTable('M101: INI-01', noInitiator, [
  { kind: 'firing', given: 'nobody says who', when: [armed, ...ran, ticked(100)], expect: 'fires', says: /Nobody has said who set off/ },
  { kind: 'firing', given: 'a webhook without a caller', when: [armed, ...ran, session(-1, { trigger: 'webhook' }, idp), ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'only a stranger says who', when: [armed, requested(0, { initiator: alice }), ticked(100)], expect: 'fires', says: /^alice is said .*, but not by a source/ },
  { kind: 'firing', given: 'only a stranger says that it was a schedule', when: [armed, ...ran, session(-1, { trigger: 'schedule' }), ticked(100)], expect: 'fires' },
  { kind: 'quiet', given: 'nobody is registered for initiators', when: [...ran, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'the session has an initiator', when: [armed, ...ran, session(-1, { initiator: alice }, idp), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'a schedule that is not named', when: [armed, ...ran, session(-1, { trigger: 'schedule' }, idp), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'an agent on its own', when: [armed, ...ran, session(-1, { trigger: 'autonomous' }, idp), ticked(100)], expect: 'quiet' },
  { kind: 'provisional', given: 'the owner may take longer', when: [configured({ producers: [{ id: 'idp', legs: ['initiator'], delay_ms: 1_000_000 }] }), ...ran, ticked(100)], expect: 'provisional' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, ...ran, ticked(59.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has just passed, and the delay has not', when: [armed, ...ran, ticked(60)], expect: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, ...ran, ticked(70)], expect: 'fires' },
  { kind: 'resolved', given: 'the session is told late', when: [armed, ...ran, ticked(100), session(-1, { initiator: alice }, idp)], expect: 'quiet' },
])

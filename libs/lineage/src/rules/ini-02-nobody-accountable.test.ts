import { alice, ben, bot, completed, configured, helper, requested, session, tell, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { nobodyAccountable } from './ini-02-nobody-accountable.ts'

const armed = configured({ producers: [{ id: 'cmdb', legs: ['inventory'] }] })
const cmdb = { producer: 'cmdb' }
const ran = [requested(0, { session_id: 's' }), completed(2)]
const alone = [...ran, session(-1, { trigger: 'autonomous' })]
const scheduled = [...ran, session(-1, { trigger: 'schedule', trigger_ref: 'nightly' })]
const registered = (data: object, attributes = cmdb, seconds = -100) => tell('agent.registered', seconds, { agent: bot, ...data }, attributes)
const gone = (seconds: number, principal: object, signal = 'account-disabled') =>
  tell('signal.received', seconds, { principal, signal: `https://schemas.openid.net/secevent/risc/event-type/${signal}` })

// Due 60 s after it was asked for (budget context_due_ms), and the inventory may take 10 s more (delay_ms).
ruleTable('M102: INI-02', nobodyAccountable, [
  { kind: 'firing', given: 'an agent on its own that nobody registered', when: [armed, ...alone, ticked(100)], expect: 'fires', says: /^refund-bot set this off at .*neither a sponsor nor an owner/ },
  { kind: 'firing', given: 'an agent that is its own initiator', when: [armed, requested(0, { initiator: bot }), ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'its sponsor is gone', when: [armed, ...alone, registered({ sponsor: alice }), gone(-50, alice), ticked(100)], expect: 'fires', says: /is gone: alice\./ },
  { kind: 'firing', given: 'a schedule of an agent that nobody answers for', when: [armed, ...scheduled, registered({}), ticked(100)], expect: 'fires', says: /^nightly set this off/ },
  { kind: 'firing', given: 'a schedule that is not named', when: [armed, ...ran, session(-1, { trigger: 'schedule' }), ticked(100)], expect: 'fires', says: /^A schedule that is not named/ },
  { kind: 'firing', given: 'only a stranger has registered a sponsor', when: [armed, ...alone, registered({ sponsor: alice }, { producer: 'default' }), ticked(100)], expect: 'fires' },
  { kind: 'quiet', given: 'nobody is registered for the inventory', when: [...alone, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'it has a sponsor', when: [armed, ...alone, registered({ sponsor: alice }), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'its sponsor is gone, and its owner is there', when: [armed, ...alone, registered({ sponsor: alice, owner: ben }), gone(-50, alice), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'its sponsor is back', when: [armed, ...alone, registered({ sponsor: alice }), gone(-50, alice), gone(-40, alice, 'account-enabled'), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'a schedule of an agent that somebody answers for', when: [armed, ...scheduled, registered({ owner: ben }), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'a schedule that is in the inventory itself', when: [armed, ...scheduled, registered({ agent: { sub: 'nightly', kind: 'schedule' }, owner: ben }), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'a person set it off', when: [armed, ...ran, session(-1, { initiator: alice }), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'another agent set it off', when: [armed, requested(0, { initiator: helper }), ticked(100)], expect: 'quiet' },
  { kind: 'firing', given: 'it is observed that nobody but the agent set it off', when: [configured({ producers: [{ id: 'cmdb', legs: ['inventory'] }, { id: 'idp', legs: ['initiator'] }] }), ...ran, session(-1, { trigger: 'autonomous' }, { producer: 'idp' }), ticked(100)], expect: 'fires' },
  { kind: 'quiet', given: 'only a stranger says that nobody did: that is INI-01', when: [configured({ producers: [{ id: 'cmdb', legs: ['inventory'] }, { id: 'idp', legs: ['initiator'] }] }), ...alone, ticked(100)], expect: 'quiet' },
  { kind: 'provisional', given: 'the inventory may take longer', when: [configured({ producers: [{ id: 'cmdb', legs: ['inventory'], delay_ms: 1_000_000 }] }), ...alone, ticked(100)], expect: 'provisional' },
  { kind: 'boundary', given: 'the sponsor goes just after', when: [armed, ...alone, registered({ sponsor: alice }), gone(0.001, alice), ticked(100)], expect: 'quiet' },
  { kind: 'boundary', given: 'the sponsor goes at that moment', when: [armed, ...alone, registered({ sponsor: alice }), gone(0, alice), ticked(100)], expect: 'fires' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, ...alone, ticked(59.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has just passed, and the delay has not', when: [armed, ...alone, ticked(60)], expect: 'provisional' },
  { kind: 'resolved', given: 'the registration is told late', when: [armed, ...alone, ticked(100), registered({ sponsor: alice })], expect: 'quiet' },
])

import { bot, configured, helper, requested, started, tell } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { actedWhileStopped } from './agt-04-acted-while-stopped.ts'

const said = (type: 'registered' | 'suspended' | 'reactivated' | 'retired', seconds: number, agent: object = bot, attributes: object = {}) =>
  tell(`agent.${type}`, seconds, { agent }, attributes)
const inventory = { producer: 'cmdb' }
const kept = configured({ producers: [{ id: 'cmdb', legs: ['inventory'] }] })
const bare = { sub: 'refund-bot', kind: 'agent' }

// The skew is 5 s.
ruleTable('M214: AGT-04', actedWhileStopped, [
  { kind: 'firing', given: 'it starts while suspended', when: [said('registered', -100), said('suspended', -50), requested(0), started(1)], expect: 'fires', of: 'https://agents.example|refund-bot', says: /refund-bot started an action at .*:01Z, and had been suspended since .*08:59:10Z\.$/ },
  { kind: 'firing', given: 'it only asks while suspended', when: [said('suspended', -50), requested(0)], expect: 'fires', says: /asked for an action/ },
  { kind: 'firing', given: 'it was retired', when: [said('retired', -50), requested(0), started(1)], expect: 'fires', says: /had been retired since/ },
  { kind: 'firing', given: 'suspended between request and start', when: [requested(0), said('suspended', 10), started(60)], expect: 'fires' },
  { kind: 'quiet', given: 'it is active', when: [said('registered', -100), requested(0), started(1)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody has said anything of it', when: [requested(0), started(1)], expect: 'quiet' },
  { kind: 'quiet', given: 'it is active again', when: [said('suspended', -50), said('reactivated', -20), requested(0), started(1)], expect: 'quiet' },
  { kind: 'quiet', given: 'another agent is suspended', when: [said('suspended', -50, helper), requested(0), started(1)], expect: 'quiet' },
  { kind: 'quiet', given: 'it was suspended afterwards', when: [requested(0), started(1), said('suspended', 50)], expect: 'quiet' },
  { kind: 'quiet', given: 'a stranger says that it is suspended', when: [kept, said('suspended', -50), requested(0), started(1)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody can tell whether it was this one', when: [kept, said('suspended', -50, bare, inventory), requested(0, { agent: bare }), started(1)], expect: 'quiet' },
  { kind: 'quiet', given: 'only a stranger says that it acts', when: [configured({ producers: [{ id: 'runner', legs: ['execution'] }] }), said('suspended', -50), requested(0), started(1, {}, { producer: 'runner' })], expect: 'quiet' },
  { kind: 'firing', given: 'it is suspended once more just after: since when it has been is said', when: [said('suspended', -50), requested(0), said('suspended', 3)], expect: 'fires', says: /since 2026-11-24T08:59:10Z/ },
  { kind: 'boundary', given: 'it is active for a moment', when: [said('suspended', -50), requested(0), said('reactivated', 0), said('suspended', 0.001)], expect: 'quiet' },
  { kind: 'boundary', given: 'suspended within the skew before', when: [said('suspended', -4.999), requested(0)], expect: 'quiet' },
  { kind: 'boundary', given: 'suspended just before that', when: [said('suspended', -5), requested(0)], expect: 'fires' },
  { kind: 'boundary', given: 'reactivated within the skew after', when: [said('suspended', -50), requested(0), said('reactivated', 5)], expect: 'quiet' },
  { kind: 'resolved', given: 'that it had been reactivated arrives late', when: [said('suspended', -50), requested(0), started(1), said('reactivated', -10)], expect: 'quiet' },
])

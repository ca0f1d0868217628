import { alice, ben, bot, configured, requested, started, tell, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { nobodyAnswers } from './agt-02-nobody-answers.ts'

const inventory = { producer: 'cmdb' }
const armed = configured({ producers: [{ id: 'cmdb', legs: ['inventory'], delay_ms: 10_000 }] })
const registered = tell('agent.registered', -100, { agent: bot, owner: alice, sponsor: ben }, inventory)
const signal = (seconds: number, name: string, principal: object = alice) =>
  tell('signal.received', seconds, { signal: `https://schemas.openid.net/secevent/risc/event-type/${name}`, principal })
const bare = { sub: 'refund-bot', kind: 'agent' }
const acted = [requested(0), started(1)]

ruleTable('M212: AGT-02', nobodyAnswers, [
  { kind: 'firing', given: 'its owner has left', when: [armed, registered, signal(-10, 'account-disabled'), ...acted, ticked(100)], expect: 'fires', of: 'https://agents.example|refund-bot', says: /refund-bot acted at .*, and the account of its owner alice had been closed/ },
  { kind: 'firing', given: 'its sponsor has left', when: [armed, registered, signal(-10, 'account-purged', ben), ...acted, ticked(100)], expect: 'fires', says: /its sponsor ben/ },
  { kind: 'quiet', given: 'both are there', when: [armed, registered, ...acted, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'only sessions were revoked', when: [armed, registered, signal(-10, 'sessions-revoked'), ...acted, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'the account was opened again', when: [armed, registered, signal(-10, 'account-disabled'), signal(-5, 'account-enabled'), ...acted, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'the agent is suspended', when: [armed, registered, signal(-10, 'account-disabled'), tell('agent.suspended', -9, { agent: bot }, inventory), ...acted, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody can tell whose account it was', when: [armed, tell('agent.registered', -100, { agent: bot, owner: { sub: 'alice', kind: 'user' } }, inventory), signal(-10, 'account-disabled', { sub: 'alice', kind: 'user' }), ...acted, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody can tell whether it is the registered one', when: [armed, tell('agent.registered', -100, { agent: bare, owner: alice }, inventory), signal(-10, 'account-disabled'), requested(0, { agent: bare }), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody keeps an inventory', when: [tell('agent.registered', -100, { agent: bot, owner: alice }), signal(-10, 'account-disabled'), ...acted, ticked(100)], expect: 'quiet' },
  { kind: 'provisional', given: 'the inventory may take longer', when: [configured({ producers: [{ id: 'cmdb', legs: ['inventory'], delay_ms: 1_000_000 }] }), registered, signal(-10, 'account-disabled'), ...acted, ticked(100)], expect: 'provisional' },
  { kind: 'boundary', given: 'closed as it acts', when: [armed, registered, signal(0, 'account-disabled'), ...acted, ticked(100)], expect: 'fires' },
  { kind: 'boundary', given: 'closed just after', when: [armed, registered, signal(0.001, 'account-disabled'), ...acted, ticked(100)], expect: 'quiet' },
  { kind: 'provisional', given: 'a new owner may still be told', when: [armed, registered, signal(-10, 'account-disabled'), ...acted, ticked(69.999)], expect: 'provisional' },
  { kind: 'resolved', given: 'a new owner is told late', when: [armed, registered, signal(-10, 'account-disabled'), ...acted, ticked(100), tell('agent.updated', -5, { agent: bot, owner: ben }, inventory)], expect: 'quiet' },
])

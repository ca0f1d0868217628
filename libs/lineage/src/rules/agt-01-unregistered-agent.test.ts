import { bot, configured, decided, helper, requested, started, tell, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { unregisteredAgent } from './agt-01-unregistered-agent.ts'

const inventory = { producer: 'cmdb' }
const armed = configured({ producers: [{ id: 'cmdb', legs: ['inventory'], delay_ms: 10_000 }] })
const registered = (seconds: number, agent: object = bot, attributes: object = inventory) => tell('agent.registered', seconds, { agent }, attributes)
const bare = { sub: 'refund-bot', kind: 'agent' }
const acted = [requested(0), started(1)]

// Due 60 s after it was asked for (budget context_due_ms).
ruleTable('M211: AGT-01', unregisteredAgent, [
  { kind: 'firing', given: 'an agent acts that the inventory has not named', when: [armed, ...acted, ticked(100)], expect: 'fires', of: 'https://agents.example|refund-bot', says: /refund-bot asked for pay at .*, and the inventory does not know it/ },
  { kind: 'firing', given: 'another agent is registered', when: [armed, registered(-10, helper), ...acted, ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'who registered it does not keep the inventory', when: [armed, registered(-10, bot, {}), ...acted, ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'it is known by its bare id, and so is nobody of that name', when: [armed, registered(-10, helper), requested(0, { agent: bare }), ticked(100)], expect: 'fires' },
  { kind: 'quiet', given: 'it is registered', when: [armed, registered(-10), ...acted, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody keeps an inventory', when: [...acted, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'another identity of it is registered', when: [armed, registered(-10, helper), tell('principal.linked', -5, { principals: [bot, helper], basis: 'renamed' }, inventory), ...acted, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody can tell whether it is the registered one of that name', when: [armed, registered(-10), requested(0, { agent: bare }), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nor the other way around', when: [armed, registered(-10, bare), ...acted, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'only a permit names an agent', when: [armed, decided(0, { evaluated: { actor: bot, operation: 'pay' } }), ticked(100)], expect: 'quiet' },
  { kind: 'provisional', given: 'the inventory may take longer', when: [configured({ producers: [{ id: 'cmdb', legs: ['inventory'], delay_ms: 1_000_000 }] }), ...acted, ticked(100)], expect: 'provisional' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, ...acted, ticked(59.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has passed, and the delay has not', when: [armed, ...acted, ticked(69.999)], expect: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, ...acted, ticked(70)], expect: 'fires' },
  { kind: 'resolved', given: 'it is registered afterwards', when: [armed, ...acted, ticked(100), registered(1_000)], expect: 'quiet' },
])

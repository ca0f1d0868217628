import { at, bot, configured, helper, requested, started, tell, ticked } from '../testing/tell.ts'
import { subjectTable } from '../testing/subject-table.ts'
import { dormantAgent } from './agt-03-dormant-agent.ts'

const inventory = { producer: 'cmdb' }
const armed = configured({ producers: [{ id: 'cmdb', legs: ['inventory'] }, { id: 'runner', legs: ['execution'], delay_ms: 10_000 }], budgets: { dormant_after_ms: 1_000_000 } })
const registered = tell('agent.registered', -100, { agent: bot }, inventory)
const activated = (seconds: number, data: object = {}) => tell('grant.activated', seconds, { grant_id: `j-${seconds}`, agent: bot, ...data })
const runner = { producer: 'runner' }
const acted = (seconds: number) => [requested(seconds, { action_id: `a-${seconds}` }, runner), started(seconds, { action_id: `a-${seconds}` }, runner)]

subjectTable('M213: AGT-03', dormantAgent, [
  { kind: 'firing', given: 'it has not acted for long, and holds a grant', when: [armed, registered, activated(-50), ...acted(0), ticked(2_000)], expect: 'fires', of: 'https://agents.example|refund-bot', says: /^refund-bot acted last at 2026-11-24T09:00:00Z, and holds a live grant\.$/ },
  { kind: 'firing', given: 'it has never acted', when: [armed, registered, activated(-50), activated(0), ticked(2_000)], expect: 'fires', says: /has not acted since its first grant at .*, and holds 2 live grants/ },
  { kind: 'quiet', given: 'it acted a while ago', when: [armed, registered, activated(-50), ...acted(0), ...acted(1_500), ticked(2_000)], expect: 'quiet' },
  { kind: 'quiet', given: 'it holds nothing', when: [armed, registered, ...acted(0), ticked(2_000)], expect: 'quiet' },
  { kind: 'quiet', given: 'another agent holds something', when: [armed, registered, activated(-50, { agent: helper }), ...acted(0), ticked(2_000)], expect: 'quiet' },
  { kind: 'quiet', given: 'what it held has expired', when: [armed, registered, activated(-50, { expires_at: at(100) }), ...acted(0), ticked(2_000)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody keeps an inventory', when: [registered, activated(-50), ...acted(0), ticked(100 * 86_400)], expect: 'quiet' },
  { kind: 'firing', given: 'it has never acted since its earliest grant, whatever that is called', when: [armed, registered, activated(0, { grant_id: 'a' }), activated(-50), ticked(2_000)], expect: 'fires', says: /since its first grant at 2026-11-24T08:59:10Z/ },
  { kind: 'boundary', given: 'not yet dormant', when: [armed, registered, activated(-50), ...acted(0), ticked(999.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'an action may still be told', when: [armed, registered, activated(-50), ...acted(0), ticked(1_009.999)], expect: 'provisional' },
  { kind: 'boundary', given: 'no action can still be told', when: [armed, registered, activated(-50), ...acted(0), ticked(1_010)], expect: 'fires' },
  { kind: 'resolved', given: 'the grant is withdrawn', when: [armed, registered, activated(-50), ...acted(0), ticked(2_000), tell('grant.withdrawn', 2_100, { grant_id: 'j--50', agent: bot })], expect: 'quiet' },
])

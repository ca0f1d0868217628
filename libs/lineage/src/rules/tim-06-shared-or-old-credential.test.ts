import { ruleTable } from '../testing/rule-table.ts'
import { bot, completed, configured, helper, requested, started, tell } from '../testing/tell.ts'
import { sharedOrOldCredential } from './tim-06-shared-or-old-credential.ts'

const ran = (seconds: number, data: object = {}) => [requested(seconds, { credential_id: 'c', ...data }), started(seconds), completed(seconds + 1)]
const issued = (seconds: number) => tell('credential.issued', seconds, { credential_id: 'c', holder: bot, kind: 'key' })
const other = (agent: object, credential_id = 'c') => requested(0, { action_id: 'b', agent, credential_id })
const limited = configured({ budgets: { credential_age_max_ms: 100_000 } })
const inventory = configured({ producers: [{ id: 'cmdb', legs: ['inventory'] }] })

// Clocks may differ by 5 s.
ruleTable(sharedOrOldCredential, [
  { kind: 'firing', given: 'two agents use it', when: [...ran(10), other(helper)], then: 'fires', says: /^Credential c is used by refund-bot and by helper\.$/ },
  { kind: 'firing', given: 'it is older than allowed', when: [limited, issued(0), ...ran(200)], then: 'fires', says: /was issued at .* and used at .*may be no older than 100000 ms/ },
  { kind: 'quiet', given: 'one agent uses it twice', when: [...ran(10), other(bot)], then: 'quiet' },
  { kind: 'quiet', given: 'another agent uses another one', when: [...ran(10), other(helper, 'd')], then: 'quiet' },
  { kind: 'quiet', given: 'a bare id that may be the same agent', when: [...ran(10), other({ sub: bot.sub, kind: 'agent' })], then: 'quiet' },
  { kind: 'quiet', given: 'no age is set', when: [issued(0), ...ran(1_000_000)], then: 'quiet' },
  { kind: 'quiet', given: 'when it was issued is not known', when: [limited, ...ran(1_000_000)], then: 'quiet' },
  { kind: 'boundary', given: 'as old as may be', when: [limited, issued(0), ...ran(105)], then: 'quiet' },
  { kind: 'boundary', given: 'just older', when: [limited, issued(0), ...ran(105.001)], then: 'fires' },
  { kind: 'resolved', given: 'that both are one agent arrives late', when: [inventory, ...ran(10), other(helper), tell('principal.linked', 5, { principals: [bot, helper], basis: 'renamed' }, { producer: 'cmdb' })], then: 'quiet' },
])

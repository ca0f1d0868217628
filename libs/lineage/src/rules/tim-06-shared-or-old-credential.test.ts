import { ruleTable } from '../testing/rule-table.ts'
import { bot, completed, configured, helper, requested, started, tell } from '../testing/tell.ts'
import { sharedOrOldCredential } from './tim-06-shared-or-old-credential.ts'

const ran = (seconds: number, data: object = {}) => [requested(seconds, { credential_id: 'c', ...data }), started(seconds), completed(seconds + 1)]
const issued = (seconds: number) => tell('credential.issued', seconds, { credential_id: 'c', holder: bot, kind: 'key' })
const other = (agent: object, credential_id = 'c') => requested(0, { action_id: 'b', agent, credential_id })
const limited = configured({ budgets: { credential_age_max_ms: 100_000 } })
const inventory = configured({ producers: [{ id: 'cmdb', legs: ['inventory'] }] })

// Clocks may differ by 5 s.
ruleTable('M146: TIM-06', sharedOrOldCredential, [
  { kind: 'firing', given: 'two agents use it', when: [...ran(10), other(helper)], expect: 'fires', says: /^Credential c is used by refund-bot and by helper\.$/ },
  { kind: 'firing', given: 'it is older than allowed', when: [limited, issued(0), ...ran(200)], expect: 'fires', says: /was issued at .* and used at .*may be no older than 100000 ms/ },
  { kind: 'quiet', given: 'one agent uses it twice', when: [...ran(10), other(bot)], expect: 'quiet' },
  { kind: 'quiet', given: 'another agent uses another one', when: [...ran(10), other(helper, 'd')], expect: 'quiet' },
  { kind: 'quiet', given: 'a bare id that may be the same agent', when: [...ran(10), other({ sub: bot.sub, kind: 'agent' })], expect: 'quiet' },
  { kind: 'quiet', given: 'only a stranger says which credential', when: [configured({ producers: [{ id: 'runner', legs: ['execution'] }] }), ...ran(10), other(helper)], expect: 'quiet' },
  { kind: 'quiet', given: 'no age is set', when: [issued(0), ...ran(1_000_000)], expect: 'quiet' },
  { kind: 'quiet', given: 'when it was issued is not known', when: [limited, ...ran(1_000_000)], expect: 'quiet' },
  { kind: 'firing', given: 'two others use it: the first is named', when: [...ran(10), other(helper), requested(0, { action_id: 'z', agent: { ...helper, sub: 'zed' }, credential_id: 'c' })], expect: 'fires', says: /and by helper\.$/ },
  { kind: 'firing', given: 'said to be issued twice: the first counts', when: [limited, issued(0), issued(150), ...ran(200)], expect: 'fires', says: /used at 2026-11-24T09:03:20Z/ },
  { kind: 'firing', given: 'it has only started', when: [limited, issued(0), requested(200, { credential_id: 'c' }), started(200)], expect: 'fires' },
  { kind: 'quiet', given: 'nothing ran', when: [limited, issued(0), requested(200, { credential_id: 'c' })], expect: 'quiet' },
  { kind: 'firing', given: 'two are old: the first by name is named', when: [limited, issued(0), tell('credential.issued', 0, { credential_id: 'b', holder: bot, kind: 'key' }), requested(200, { credential_id: 'c' }), requested(201, { credential_id: 'b' }), started(202)], expect: 'fires', says: /^Credential b/ },
  { kind: 'boundary', given: 'as old as may be', when: [limited, issued(0), ...ran(105)], expect: 'quiet' },
  { kind: 'boundary', given: 'just older', when: [limited, issued(0), ...ran(105.001)], expect: 'fires' },
  { kind: 'resolved', given: 'that both are one agent arrives late', when: [inventory, ...ran(10), other(helper), tell('principal.linked', 5, { principals: [bot, helper], basis: 'renamed' }, { producer: 'cmdb' })], expect: 'quiet' },
])

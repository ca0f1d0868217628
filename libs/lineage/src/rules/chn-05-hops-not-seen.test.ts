import { bot, configured, granted, helper, requested, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { hopsNotSeen } from './chn-05-hops-not-seen.ts'

const on = configured({ rules: { 'CHN-05': { on: true } } })
const owned = configured({ rules: { 'CHN-05': { on: true } }, producers: [{ id: 'sts', legs: ['delegation'] }] })
const root = { kind: 'root' }
const two = [granted(-9, 'g', root), granted(-8, 'h', 'g', { grantor: bot, delegate: helper })]
const declares = (hop_count: unknown, data: object = {}) => requested(0, { agent: helper, delegation_id: 'h', hop_count, ...data })

ruleTable(hopsNotSeen, [
  { kind: 'firing', given: 'more hops than delegations', when: [on, ...two, declares(3), ticked(100)], then: 'fires', says: /^The token came over 3 hops, and 2 delegations are known\.$/ },
  { kind: 'firing', given: 'hops, and no delegation', when: [on, declares(1, { delegation_id: undefined }), ticked(100)], then: 'fires', says: /0 delegations/ },
  { kind: 'quiet', given: 'it is not switched on', when: [...two, declares(3), ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'nothing is declared', when: [on, ...two, declares(undefined), ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'what is above is another organisation\'s', when: [on, granted(-9, 'h', { kind: 'external', domain: 'partner.example' }), declares(3), ticked(100)], then: 'quiet' },
  { kind: 'boundary', given: 'as many hops as delegations', when: [on, ...two, declares(2), ticked(100)], then: 'quiet' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [on, ...two, declares(3), ticked(59.999)], then: 'quiet' },
  { kind: 'provisional', given: 'the deadline has passed, and the owner\'s delay has not', when: [owned, declares(3), ticked(60)], then: 'provisional' },
  { kind: 'resolved', given: 'the grants arrive late', when: [on, granted(-8, 'h', 'g', { grantor: bot, delegate: helper }), declares(2), ticked(100), granted(-9, 'g', root)], then: 'quiet' },
])

import { bot, configured, granted, helper, requested, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { hopsNotSeen } from './chn-05-hops-not-seen.ts'

const on = configured({ rules: { 'CHN-05': { on: true } } })
const owned = configured({ rules: { 'CHN-05': { on: true } }, producers: [{ id: 'sts', legs: ['delegation'] }] })
const root = { kind: 'root' }
const two = [granted(-9, 'g', root), granted(-8, 'h', 'g', { grantor: bot, delegate: helper })]
const declares = (hop_count: unknown, data: object = {}) => requested(0, { agent: helper, delegation_id: 'h', hop_count, ...data })

ruleTable('M115: CHN-05', hopsNotSeen, [
  { kind: 'firing', given: 'more hops than delegations', when: [on, ...two, declares(3), ticked(100)], expect: 'fires', says: /^The token came over 3 hops, and 2 delegations are known\.$/ },
  { kind: 'firing', given: 'hops, and no delegation', when: [on, declares(1, { delegation_id: undefined }), ticked(100)], expect: 'fires', says: /0 delegations/ },
  { kind: 'quiet', given: 'it is not switched on', when: [...two, declares(3), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing is declared', when: [on, ...two, declares(undefined), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'what is above is another organisation\'s', when: [on, granted(-9, 'h', { kind: 'external', domain: 'partner.example' }), declares(3), ticked(100)], expect: 'quiet' },
  { kind: 'firing', given: 'two requests declare more: the first is named', when: [on, ...two, declares(3), requested(1, { agent: helper, delegation_id: 'h', hop_count: 4 }), ticked(100)], expect: 'fires', says: /over 3 hops/ },
  { kind: 'quiet', given: 'neither hops nor delegations', when: [on, requested(0), ticked(100)], expect: 'quiet' },
  { kind: 'provisional', given: 'the owner may take longer', when: [configured({ producers: [{ id: 'sts', legs: ['delegation'], delay_ms: 1_000_000 }], rules: { 'CHN-05': { on: true } } }), declares(3), ticked(100)], expect: 'provisional' },
  { kind: 'boundary', given: 'as many hops as delegations', when: [on, ...two, declares(2), ticked(100)], expect: 'quiet' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [on, ...two, declares(3), ticked(59.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has passed, and the owner\'s delay has not', when: [owned, declares(3), ticked(60)], expect: 'provisional' },
  { kind: 'resolved', given: 'the grants arrive late', when: [on, granted(-8, 'h', 'g', { grantor: bot, delegate: helper }), declares(2), ticked(100), granted(-9, 'g', root)], expect: 'quiet' },
])

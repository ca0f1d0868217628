import { alice, bot, configured, granted, helper, requested } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { actContradicts } from './chn-10-act-contradicts.ts'

const gateway = configured({ producers: [{ id: 'gateway', legs: ['execution'] }] })
const root = { kind: 'root' }
const third = { iss: 'https://agents.example', sub: 'third', kind: 'agent' as const }
// alice -> refund-bot -> helper -> third
const first = granted(-9, 'g', root)
const second = granted(-8, 'h', 'g', { grantor: bot, delegate: helper })
const last = (parent: string | object = 'h') => granted(-7, 'i', parent, { grantor: helper, delegate: third })
const chain = [first, second, last()]
const who = ({ iss, sub }: { iss: string; sub: string }) => ({ iss, sub })
const token = (act: object, data: object = {}) => requested(0, { agent: third, delegation_id: 'i', act, ...data })

ruleTable('M120: CHN-10', actContradicts, [
  { kind: 'firing', given: 'another current actor than the delegate', when: [...chain, token(who(helper))], expect: 'fires', says: /^The token says that helper acts; delegation i was given to third\.$/ },
  { kind: 'firing', given: 'read inside out', when: [...chain, token({ ...who(bot), act: { ...who(helper), act: who(third) } })], expect: 'fires' },
  { kind: 'firing', given: 'prior actors in another order', when: [...chain, token({ ...who(third), act: { ...who(bot), act: who(helper) } })], expect: 'fires', says: /^The token names helper where the recorded/ },
  { kind: 'firing', given: 'a prior actor that is in no delegation', when: [...chain, token({ ...who(third), act: { iss: 'https://agents.example', sub: 'mallory' } })], expect: 'fires', says: /mallory .*from alice, refund-bot, helper to third/ },
  { kind: 'firing', given: 'a bare id of another name', when: [...chain, token({ sub: 'mallory' })], expect: 'fires' },
  { kind: 'quiet', given: 'the same chain', when: [...chain, token({ ...who(third), act: { ...who(helper), act: who(bot) } })], expect: 'quiet' },
  { kind: 'quiet', given: 'the chain with who granted first', when: [...chain, token({ ...who(third), act: { ...who(helper), act: { ...who(bot), act: who(alice) } } }, { subject: { ...alice, sub: 'else' } })], expect: 'quiet' },
  { kind: 'quiet', given: 'the token leaves hops out', when: [...chain, token({ ...who(third), act: who(bot) })], expect: 'quiet' },
  { kind: 'quiet', given: 'the records leave hops out', when: [last('lost'), token({ ...who(third), act: { ...who(bot), act: who(helper) } })], expect: 'quiet' },
  { kind: 'quiet', given: 'no recorded delegation', when: [token(who(bot))], expect: 'quiet' },
  { kind: 'quiet', given: 'the actor is the token\'s own subject: no delegation', when: [...chain, token(who(alice), { subject: alice })], expect: 'quiet' },
  { kind: 'quiet', given: 'client_id is not the actor', when: [...chain, token({ client_id: 'mallory', may_act: { sub: 'mallory' } })], expect: 'quiet' },
  { kind: 'quiet', given: 'a name that cannot be one', when: [...chain, token({ iss: 'https://agents.example', sub: 'a\u0001b' })], expect: 'quiet' },
  { kind: 'quiet', given: 'a Transaction Token for Agents, whose act is the first agent', when: [...chain, token(who(bot), { hop_count: 3 })], expect: 'quiet' },
  { kind: 'quiet', given: 'a stranger\'s token', when: [gateway, ...chain, token(who(helper))], expect: 'quiet' },
  { kind: 'firing', given: 'an earlier request has no token', when: [...chain, requested(-1, { agent: third, delegation_id: 'i' }), token(who(helper))], expect: 'fires' },
  { kind: 'boundary', given: 'a bare id of the same name', when: [...chain, token({ sub: 'third', act: { sub: 'helper' } })], expect: 'quiet' },
  { kind: 'boundary', given: 'the same name of another issuer', when: [...chain, token({ iss: 'https://other.example', sub: 'third' })], expect: 'fires' },
  { kind: 'resolved', given: 'an earlier grant of that id to who acts arrives late', when: [...chain, token(who(helper)), granted(-20, 'i', 'g', { grantor: bot, delegate: helper })], expect: 'quiet' },
])

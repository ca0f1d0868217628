import { bot, configured, granted, requested, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { crossedWithoutExchange } from './dom-01-crossed-without-exchange.ts'

const armed = configured({ producers: [{ id: 'sts', legs: ['delegation'] }] })
const sts = { producer: 'sts' }
const root = { kind: 'root' }
const there = { iss: 'https://partner.example', sub: 'payer', kind: 'agent' as const }
const exchange = { from_trust_domain: 'agents.example', to_trust_domain: 'partner.example' }
const first = (data: object = {}) => granted(-9, 'g', root, data, sts)
const second = (data: object = {}, seconds = -8, parent: string | object = 'g') => granted(seconds, 'h', parent, { grantor: bot, delegate: there, ...data }, sts)
const under = requested(0, { agent: there, delegation_id: 'h' })
const crossed = [armed, first(), second(), under]

// Due 60 s after it was asked for (budget context_due_ms), and the owner may take 10 s more (delay_ms).
ruleTable('M201: DOM-01', crossedWithoutExchange, [
  { kind: 'firing', given: 'to an agent of another domain', when: [...crossed, ticked(100)], expect: 'fires', says: /^Delegation h leads from agents\.example into partner\.example, and no exchange/ },
  { kind: 'firing', given: 'another SPIFFE trust domain', when: [armed, first({ delegate: { sub: 'spiffe://a.example/bot', kind: 'workload' } }), second({ delegate: { sub: 'spiffe://b.example/bot', kind: 'workload' } }), under, ticked(100)], expect: 'fires', says: /from a\.example into b\.example/ },
  { kind: 'firing', given: 'another issuer of the grant', when: [armed, first({ issuer: 'https://sts.example' }), second({ delegate: bot, issuer: 'https://sts.partner.example' }), under, ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'from another organisation', when: [armed, second({ delegate: bot }, -8, { kind: 'external', domain: 'other.example' }), under, ticked(100)], expect: 'fires', says: /from other\.example into agents\.example/ },
  { kind: 'quiet', given: 'nobody is registered for delegations', when: [granted(-9, 'g', root), granted(-8, 'h', 'g', { grantor: bot, delegate: there }), under, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'with an exchange', when: [armed, first(), second({ exchange }), under, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'from another organisation with an exchange', when: [armed, second({ exchange }, -8, { kind: 'external', domain: 'other.example' }), under, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'a person to an agent is no crossing', when: [armed, second({ delegate: bot }, -8, root), under, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'one issuer of both grants', when: [armed, first({ issuer: 'https://sts.example' }), second({ issuer: 'https://sts.example' }), under, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'a bare id is of no domain that is known', when: [armed, first(), second({ delegate: { sub: 'payer', kind: 'agent' } }), under, ticked(100)], expect: 'quiet' },
  { kind: 'firing', given: 'crossed twice: the first is named', when: [armed, first(), second(), granted(-7, 'i', 'h', { grantor: there, delegate: { ...there, iss: 'https://third.example' } }, sts), requested(0, { delegation_id: 'i' }), ticked(100)], expect: 'fires', says: /^Delegation h leads/ },
  { kind: 'provisional', given: 'the owner may take longer', when: [configured({ producers: [{ id: 'sts', legs: ['delegation'], delay_ms: 1_000_000 }] }), first(), second(), under, ticked(100)], expect: 'provisional' },
  { kind: 'boundary', given: 'one domain, said as a URL and as SPIFFE', when: [armed, first(), second({ delegate: { sub: 'spiffe://agents.example/helper', kind: 'workload' } }), under, ticked(100)], expect: 'quiet' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [...crossed, ticked(59.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has just passed, and the delay has not', when: [...crossed, ticked(60)], expect: 'provisional' },
  { kind: 'resolved', given: 'an earlier grant of that id, with the exchange, arrives late', when: [...crossed, ticked(100), second({ exchange }, -8.5)], expect: 'quiet' },
])

import { alice, asked, completed, configured, decided, granted, observed, own, requested, resolved, started } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { twoContents } from './int-03-two-contents.ts'

const one = { id: 'e-1' }
const ran = [requested(0), started(1)]
const changed = { ...completed(2, { status: 'failed' }, { ...one, producer: 'other' }) }
const retracted = own('assertion.retracted', 100, { producer: 'other', reason: 'sent twice', by: alice })
const root = { kind: 'root' }
const kept = configured({ producers: [{ id: 'pdp', legs: ['decision'] }] })

ruleTable('M223: INT-03', twoContents, [
  { kind: 'firing', given: 'two ends', when: [...ran, completed(2, {}, one), completed(2, { status: 'failed' }, one)], expect: 'fires', says: /^action.completed e-1 of urn:test says 2 different things\.$/ },
  { kind: 'firing', given: 'two decisions', when: [...ran, decided(0.5, {}, one), decided(0.5, { effect: 'deny' }, one)], expect: 'fires', severity: 'high' },
  { kind: 'firing', given: 'two approvals, and two ends', when: [...ran, completed(2, {}, { id: 'e-0' }), completed(3, {}, { id: 'e-0' }), asked(0.2), resolved(0.3, {}, one), resolved(0.4, {}, one)], expect: 'fires', severity: 'high', says: /^approval.resolved e-1 .*, and so do 1 other events\.$/ },
  { kind: 'firing', given: 'two grants of the chain', when: [granted(-10, 'g', root, {}, one), granted(-9, 'g', root, {}, one), requested(0, { delegation_id: 'g' })], expect: 'fires' },
  { kind: 'quiet', given: 'the same once more', when: [...ran, completed(2, {}, one), completed(2, {}, one)], expect: 'quiet' },
  { kind: 'quiet', given: 'two ends, each with an id of its own', when: [...ran, completed(2), completed(3)], expect: 'quiet' },
  { kind: 'firing', given: 'who owns decisions tells two', when: [kept, ...ran, decided(0.5, {}, { ...one, producer: 'pdp' }), decided(0.5, { effect: 'deny' }, { ...one, producer: 'pdp' })], expect: 'fires', severity: 'high' },
  { kind: 'firing', given: 'two questions for an approval', when: [...ran, asked(0.2, {}, one), asked(0.3, {}, one)], expect: 'fires', severity: 'high' },
  { kind: 'firing', given: 'a decision and an end with one id', when: [...ran, decided(0.5, {}, one), completed(2, {}, one)], expect: 'fires', severity: 'high', says: /^decision.recorded e-1/ },
  { kind: 'firing', given: 'two starts, and two decisions: those are named', when: [requested(0), started(0.1, {}, { id: 'e-0' }), started(0.2, {}, { id: 'e-0' }), decided(0.5, {}, one), decided(0.6, {}, one)], expect: 'fires', severity: 'high', says: /^decision.recorded e-1/ },
  { kind: 'firing', given: 'decisions and approvals: the first are named', when: [...ran, decided(0.1, {}, { id: 'e-0' }), decided(0.2, {}, { id: 'e-0' }), resolved(0.3, {}, one), resolved(0.4, {}, one)], expect: 'fires', severity: 'high', says: /^decision.recorded e-0/ },
  { kind: 'firing', given: 'ends and outcomes: the first are named', when: [...ran, completed(2, {}, { id: 'e-0' }), completed(3, {}, { id: 'e-0' }), observed(4, {}, one), observed(5, {}, one)], expect: 'fires', says: /^action.completed e-0/ },
  { kind: 'boundary', given: 'one id, two sources', when: [...ran, completed(2, {}, one), completed(3, {}, { ...one, source: 'urn:other' })], expect: 'quiet' },
  { kind: 'boundary', given: 'only the trace context differs', when: [...ran, completed(2, {}, one), completed(2, {}, { ...one, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` })], expect: 'quiet' },
  { kind: 'boundary', given: 'the other content is a stranger\'s', when: [kept, ...ran, decided(0.5, {}, { ...one, producer: 'pdp' }), decided(0.5, { effect: 'deny' }, one)], expect: 'quiet' },
  { kind: 'resolved', given: 'the other decision is retracted', when: [...ran, decided(0.5, {}, one), decided(0.5, { effect: 'deny' }, { ...one, producer: 'other' }), retracted], expect: 'quiet' },
  { kind: 'resolved', given: 'one is retracted', when: [...ran, completed(2, {}, one), changed, retracted], expect: 'quiet' },
])

import { ruleTable } from '../testing/rule-table.ts'
import { alice, asked, ben, completed, configured, decided, requested, resolved, started } from '../testing/tell.ts'
import { notAmongThoseAsked } from './apr-04-not-among-those-asked.ts'

const carol = { ...ben, sub: 'carol' }
const ran = [requested(0), started(3), completed(4)]
const needs = (...approvers: object[]) => decided(1, { requires_approval: { approvers } })
const desk = configured({ producers: [{ id: 'desk', legs: ['approval'] }] })

// ben approves. Clocks may differ by 5 s.
ruleTable('M184: APR-04', notAmongThoseAsked, [
  { kind: 'firing', given: 'others were asked', when: [...ran, asked(1, { approvers: [alice, carol] }), resolved(2)], expect: 'fires', says: /^ben approved at .*:02.*; asked were alice, carol\.$/ },
  { kind: 'firing', given: 'the decision names another', when: [...ran, needs(carol), resolved(2)], expect: 'fires', says: /asked were carol/ },
  { kind: 'firing', given: 'he was asked, and the decision names another', when: [...ran, needs(carol), asked(1, { approvers: [ben] }), resolved(2)], expect: 'fires' },
  { kind: 'quiet', given: 'he was among those asked', when: [...ran, asked(1, { approvers: [alice, ben] }), resolved(2)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody in particular was asked', when: [...ran, asked(1), resolved(2)], expect: 'quiet' },
  { kind: 'quiet', given: 'a bare id that may be his', when: [...ran, asked(1, { approvers: [{ sub: 'ben', kind: 'user' }] }), resolved(2)], expect: 'quiet' },
  { kind: 'quiet', given: 'an organization was asked', when: [...ran, asked(1, { approvers: [{ iss: 'https://login.example', sub: 'finance', kind: 'organization' }] }), resolved(2)], expect: 'quiet' },
  { kind: 'quiet', given: 'he refused', when: [...ran, asked(1, { approvers: [carol] }), resolved(2, { resolution: 'denied' })], expect: 'quiet' },
  { kind: 'quiet', given: 'a stranger says who was asked', when: [desk, ...ran, asked(1, { approvers: [carol] }), resolved(2, {}, { producer: 'desk' })], expect: 'quiet' },
  { kind: 'quiet', given: 'who approved is not said', when: [...ran, asked(1, { approvers: [carol] }), resolved(2, { approver: undefined })], expect: 'quiet' },
  { kind: 'firing', given: 'two outsiders: the first is named', when: [...ran, needs(alice), resolved(2), resolved(2.5, { approver: carol, approval_id: 'ap2' })], expect: 'fires', says: /^ben approved/ },
  { kind: 'firing', given: 'neither who asked nor the decision names him', when: [...ran, needs(alice), asked(1, { approvers: [carol] }), resolved(2)], expect: 'fires', says: /asked were carol\.$/ },
  { kind: 'boundary', given: 'given within the skew after the start', when: [...ran, asked(1, { approvers: [carol] }), resolved(8)], expect: 'fires' },
  { kind: 'boundary', given: 'given just after that it is no approval', when: [...ran, asked(1, { approvers: [carol] }), resolved(8.001)], expect: 'quiet' },
  { kind: 'resolved', given: 'that one of them approved as well arrives late', when: [...ran, asked(1, { approvers: [carol] }), resolved(2), resolved(2.5, { approver: carol })], expect: 'quiet' },
])

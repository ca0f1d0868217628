import { ruleTable } from '../testing/rule-table.ts'
import { completed, decided, requested, started } from '../testing/tell.ts'
import { otherArguments } from './dec-04-other-arguments.ts'

const args = (letter: string) => ({ arguments_digest: `sha-256:${letter.repeat(64)}` })
const masked = { arguments_projection: 'no-iban' }
const decidedOn = (seconds: number, letter: string, data: object = {}, more: object = {}) =>
  decided(seconds, { pdp: 'opa', decision_id: `d-${seconds}`, evaluated: { ...args(letter), ...more }, ...data })

ruleTable('M164: DEC-04', otherArguments, [
  { kind: 'firing', given: 'permitted for a, and b ran', when: [requested(0, args('a')), decidedOn(1, 'a'), started(2, args('b')), completed(3)], expect: 'fires', says: /ran at .*:02.*\(sha-256:b+\) are not those that opa decided on at .*:01.*\(sha-256:a+\)/ },
  { kind: 'firing', given: 'only the end says what ran', when: [requested(0, args('a')), decidedOn(1, 'a'), started(2, args('a')), completed(3, args('b'))], expect: 'fires' },
  { kind: 'firing', given: 'another policy point decided without looking at arguments', when: [requested(0), decidedOn(1, 'a'), decided(1, { pdp: 'gateway' }), started(2, args('b'))], expect: 'fires' },
  { kind: 'quiet', given: 'the same arguments', when: [requested(0, args('a')), decidedOn(1, 'a'), started(2, args('a')), completed(3, args('a'))], expect: 'quiet' },
  { kind: 'quiet', given: 'digests of different projections do not compare', when: [requested(0), decidedOn(1, 'a', {}, masked), started(2, args('b'))], expect: 'quiet' },
  { kind: 'quiet', given: 'the decision does not say for which', when: [requested(0), decided(1), started(2, args('b'))], expect: 'quiet' },
  { kind: 'quiet', given: 'permitted for a, asked again for b', when: [requested(0), decidedOn(1, 'a'), decidedOn(1.5, 'b'), started(2, args('b'))], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [requested(0, args('b')), decidedOn(1, 'a')], expect: 'quiet' },
  { kind: 'firing', given: 'decided twice for others: the last is named', when: [requested(0), decidedOn(1, 'a'), decidedOn(1.5, 'c'), started(2, args('b'))], expect: 'fires', says: /decided on at 2026-11-24T09:00:01\.5Z \(sha-256:c+\)/ },
  { kind: 'boundary', given: 'asked again within the skew after the start', when: [requested(0), decidedOn(1, 'a'), decidedOn(7, 'b'), started(2, args('b'))], expect: 'quiet' },
  { kind: 'boundary', given: 'asked again just after that', when: [requested(0), decidedOn(1, 'a'), decidedOn(7.001, 'b'), started(2, args('b'))], expect: 'fires' },
  { kind: 'resolved', given: 'the decision for these arguments arrives late', when: [requested(0), decidedOn(1, 'a'), started(2, args('b')), decidedOn(1.5, 'b')], expect: 'quiet' },
])

import { ruleTable } from '../testing/rule-table.ts'
import { completed, decided, requested, started } from '../testing/tell.ts'
import { failedOpen } from './dec-08-failed-open.ts'

const open = (seconds: number, data: object = {}) => decided(seconds, { pdp: 'opa', decision_id: `o-${seconds}`, effect: 'permit', policies: [], enforcement: 'failed_open', ...data })
const ran = [requested(0), started(2), completed(3)]

ruleTable('M168: DEC-08', failedOpen, [
  { kind: 'firing', given: 'it was let through, and ran', when: [...ran, open(1)], expect: 'fires', says: /^opa could not decide at .*:01.* and let it pass, and it ran at .*:02/ },
  { kind: 'firing', given: 'another policy point permitted', when: [...ran, open(1), decided(1, { pdp: 'cedar' })], expect: 'fires' },
  { kind: 'firing', given: 'another policy point denied', when: [...ran, open(1), decided(1, { pdp: 'cedar', effect: 'deny' })], expect: 'fires' },
  { kind: 'quiet', given: 'it failed closed', when: [requested(0), open(1, { enforcement: 'failed_closed', effect: 'deny' })], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [requested(0), open(1)], expect: 'quiet' },
  { kind: 'firing', given: 'two policy points: the first is named', when: [...ran, open(1), open(1.5, { pdp: 'cedar' })], expect: 'fires', says: /^opa could not decide/ },
  { kind: 'boundary', given: 'it decided within the skew after the start', when: [...ran, open(1), decided(7, { pdp: 'opa' })], expect: 'quiet' },
  { kind: 'boundary', given: 'it decided just after that', when: [...ran, open(1), decided(7.001, { pdp: 'opa' })], expect: 'fires' },
  { kind: 'resolved', given: 'that it then could decide arrives late', when: [...ran, open(1), decided(1.5, { pdp: 'opa' })], expect: 'quiet' },
])

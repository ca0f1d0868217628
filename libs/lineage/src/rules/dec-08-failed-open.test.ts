import { ruleTable } from '../testing/rule-table.ts'
import { completed, decided, requested, started } from '../testing/tell.ts'
import { failedOpen } from './dec-08-failed-open.ts'

const open = (seconds: number, data: object = {}) => decided(seconds, { pdp: 'opa', decision_id: `o-${seconds}`, effect: 'permit', policies: [], enforcement: 'failed_open', ...data })
const ran = [requested(0), started(2), completed(3)]

ruleTable(failedOpen, [
  { kind: 'firing', given: 'it was let through, and ran', when: [...ran, open(1)], then: 'fires', says: /^opa could not decide at .*:01.* and let it pass, and it ran at .*:02/ },
  { kind: 'firing', given: 'another policy point permitted', when: [...ran, open(1), decided(1, { pdp: 'cedar' })], then: 'fires' },
  { kind: 'firing', given: 'another policy point denied', when: [...ran, open(1), decided(1, { pdp: 'cedar', effect: 'deny' })], then: 'fires' },
  { kind: 'quiet', given: 'it failed closed', when: [requested(0), open(1, { enforcement: 'failed_closed', effect: 'deny' })], then: 'quiet' },
  { kind: 'quiet', given: 'nothing ran', when: [requested(0), open(1)], then: 'quiet' },
  { kind: 'boundary', given: 'it decided within the skew after the start', when: [...ran, open(1), decided(7, { pdp: 'opa' })], then: 'quiet' },
  { kind: 'boundary', given: 'it decided just after that', when: [...ran, open(1), decided(7.001, { pdp: 'opa' })], then: 'fires' },
  { kind: 'resolved', given: 'that it then could decide arrives late', when: [...ran, open(1), decided(1.5, { pdp: 'opa' })], then: 'quiet' },
])

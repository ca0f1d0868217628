import { alice, at, completed, own, requested, started } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import type { Told } from '../testing/world.ts'
import { lateAfterExport } from './int-06-late-after-export.ts'

const received = (told: Told, seconds: number): Told => ({ ...told, received_at: at(seconds).replace('Z', '000Z') })
const exported = (seconds: number, from: number | null, to: number | null, data: object = {}) => own('audit.exported', seconds, {
  export_id: `exp-${seconds}`, by: alice, ...(from === null ? {} : { from: at(from) }), ...(to === null ? {} : { to: at(to) }), ...data,
})
const ran = [requested(0), started(1)]
const late = received(completed(2), 200)

ruleTable('M226: INT-06', lateAfterExport, [
  { kind: 'firing', given: 'an end comes after its hour was exported', when: [...ran, exported(100, -60, 60), late], expect: 'fires', says: /^action.completed of .*:02Z was received at .*09:03:20.000000Z, and export exp-100 of .* to .* does not hold it\.$/ },
  { kind: 'firing', given: 'it was exported from the beginning', when: [...ran, exported(100, null, 60), late], expect: 'fires', says: /of the beginning to/ },
  { kind: 'firing', given: 'the export was cut off before the receipt', when: [...ran, exported(300, -60, 60, { as_of: at(199) }), late], expect: 'fires' },
  { kind: 'firing', given: 'only a part of the period was exported anew', when: [...ran, exported(100, -60, 60), late, exported(300, 0, 60)], expect: 'fires' },
  { kind: 'firing', given: 'two exports lack it: the first is named', when: [...ran, exported(100, -60, 60), exported(150, -60, 60), late], expect: 'fires', says: /export exp-100/ },
  { kind: 'quiet', given: 'nothing was exported', when: [...ran, late], expect: 'quiet' },
  { kind: 'quiet', given: 'it was there when that was exported', when: [...ran, late, exported(300, -60, 60)], expect: 'quiet' },
  { kind: 'quiet', given: 'another period was exported', when: [...ran, exported(100, -60, 0), late], expect: 'quiet' },
  { kind: 'quiet', given: 'single actions were exported', when: [...ran, exported(100, null, null, { ids: ['a'] }), late], expect: 'quiet' },
  { kind: 'firing', given: 'it was exported to the end', when: [...ran, exported(100, -60, null), late], expect: 'fires' },
  { kind: 'firing', given: 'only a first part of the period was exported anew', when: [...ran, exported(100, -60, 60), late, exported(300, -60, 30)], expect: 'fires' },
  { kind: 'quiet', given: 'a later period was exported', when: [...ran, exported(100, 10, 60), late], expect: 'quiet' },
  { kind: 'boundary', given: 'exported anew as it was received', when: [...ran, exported(100, -60, 60), late, exported(200, -60, 60)], expect: 'quiet' },
  { kind: 'boundary', given: 'the period ends as it happened', when: [...ran, exported(100, -60, 2), late], expect: 'quiet' },
  { kind: 'boundary', given: 'the period ends just after', when: [...ran, exported(100, -60, 2.001), late], expect: 'fires' },
  { kind: 'boundary', given: 'the period begins as it happened', when: [...ran, exported(100, 2, 60), late], expect: 'fires' },
  { kind: 'boundary', given: 'received as it was exported', when: [...ran, exported(200, -60, 60), late], expect: 'quiet' },
  { kind: 'resolved', given: 'it is retracted', when: [...ran, exported(100, -60, 60), late, own('assertion.retracted', 250, { producer: 'default', positions: [{ log: late.log, from: late.index, to: late.index }], reason: 'wrong', by: alice })], expect: 'quiet' },
  { kind: 'resolved', given: 'the period is exported anew', when: [...ran, exported(100, -60, 60), late, exported(300, -60, 60)], expect: 'quiet' },
])

import { alice, own } from '../testing/tell.ts'
import { subjectTable } from '../testing/subject-table.ts'
import { doesNotVerify } from './int-02-does-not-verify.ts'

const failed = (seconds: number, data: object = {}) => own('integrity.failed', seconds, { log: 'default/onbehalf.events/0', check: 'commitment', index: 17, ...data })

subjectTable('M222: INT-02', doesNotVerify, [
  { kind: 'firing', given: 'an entry does not verify', when: [failed(0)], expect: 'fires', of: 'default/onbehalf.events/0', says: /^Check commitment of default\/onbehalf.events\/0 failed at 2026-11-24T09:00:00Z, at entry 17\.$/ },
  { kind: 'firing', given: 'several checks fail', when: [failed(0), failed(1, { check: 'root', index: undefined })], expect: 'fires', says: /; 2 checks of it have failed\.$/ },
  { kind: 'firing', given: 'somebody retracts it', when: [failed(0), own('assertion.retracted', 100, { producer: 'onbehalf', reason: 'hush', by: alice })], expect: 'fires' },
  { kind: 'boundary', given: 'no entry in particular', when: [failed(0, { check: 'signature', index: undefined })], expect: 'fires', says: /^Check signature of default\/onbehalf.events\/0 failed at 2026-11-24T09:00:00Z\.$/ },
  { kind: 'boundary', given: 'the very first entry', when: [failed(0, { index: 0 })], expect: 'fires', says: /at entry 0\./ },
  { kind: 'quiet', given: 'nothing has failed', when: [own('log.opened', 0, { log: 'default/onbehalf.events/0', salt: 'x' })].slice(1), expect: 'quiet' },
], { resolved: 'nothing takes it back' })

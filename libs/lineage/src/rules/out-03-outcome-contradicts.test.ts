import { completed, configured, decided, observed, requested, started } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { outcomeContradicts } from './out-03-outcome-contradicts.ts'

const ran = [requested(0), started(1)]
const saw = (observed_effect: string, attributes = {}) => observed(3, { observed_effect }, attributes)
const ended = (status: string) => completed(2, { status })

ruleTable('M193: OUT-03', outcomeContradicts, [
  { kind: 'firing', given: 'success without an effect', when: [...ran, ended('succeeded'), saw('did_not_occur')], expect: 'fires', says: /payments-mcp saw at .*:03Z that the effect is not there, but the execution ended succeeded\.$/ },
  { kind: 'firing', given: 'another effect', when: [...ran, ended('succeeded'), saw('differs')], expect: 'fires', says: /is another one/ },
  { kind: 'firing', given: 'an effect of what was blocked', when: [...ran, ended('blocked'), saw('occurred')], expect: 'fires' },
  { kind: 'firing', given: 'an effect of what failed', when: [...ran, ended('failed'), saw('occurred')], expect: 'fires' },
  { kind: 'firing', given: 'an effect of what was denied, and nobody says that it ran', when: [requested(0), decided(1, { effect: 'deny' }), saw('occurred')], expect: 'fires', says: /but the decision is deny/ },
  { kind: 'quiet', given: 'the effect is there', when: [...ran, ended('succeeded'), saw('occurred')], expect: 'quiet' },
  { kind: 'quiet', given: 'it failed, and there is no effect', when: [...ran, ended('failed'), saw('did_not_occur')], expect: 'quiet' },
  { kind: 'firing', given: 'it was cancelled, and the effect is there', when: [requested(0), started(1), completed(2, { status: 'cancelled' }), observed(3)], expect: 'fires' },
  { kind: 'firing', given: 'another effect, and no end is known', when: [requested(0), started(1), observed(3, { observed_effect: 'differs' })], expect: 'fires', says: /something else was asked for/ },
  { kind: 'quiet', given: 'denied, and the effect is not there', when: [requested(0), decided(1, { effect: 'deny' }), observed(3, { observed_effect: 'did_not_occur' })], expect: 'quiet' },
  { kind: 'boundary', given: 'it timed out: both may be', when: [...ran, ended('timed_out'), saw('occurred')], expect: 'quiet' },
  { kind: 'boundary', given: 'it was done in part: both may be', when: [...ran, ended('partial'), saw('did_not_occur')], expect: 'quiet' },
  { kind: 'boundary', given: 'a stranger contradicts', when: [configured({ producers: [{ id: 'ledger', legs: ['outcome'] }] }), ...ran, ended('succeeded'), saw('differs')], expect: 'quiet' },
  { kind: 'boundary', given: 'who is registered contradicts', when: [configured({ producers: [{ id: 'ledger', legs: ['outcome'] }] }), ...ran, ended('succeeded'), saw('differs', { producer: 'ledger' })], expect: 'fires' },
  { kind: 'resolved', given: 'a permit arrives late', when: [requested(0), decided(1, { effect: 'deny', pdp: 'opa' }), saw('occurred'), decided(2, { pdp: 'opa' })], expect: 'quiet' },
])

import { completed, configured, decided, observed, requested, started } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { outcomeContradicts } from './out-03-outcome-contradicts.ts'

const ran = [requested(0), started(1)]
const saw = (observed_effect: string, attributes = {}) => observed(3, { observed_effect }, attributes)
const ended = (status: string) => completed(2, { status })

ruleTable(outcomeContradicts, [
  { kind: 'firing', given: 'success without an effect', when: [...ran, ended('succeeded'), saw('did_not_occur')], then: 'fires', says: /payments-mcp saw at .*:03Z that the effect is not there, but the execution ended succeeded\.$/ },
  { kind: 'firing', given: 'another effect', when: [...ran, ended('succeeded'), saw('differs')], then: 'fires', says: /is another one/ },
  { kind: 'firing', given: 'an effect of what was blocked', when: [...ran, ended('blocked'), saw('occurred')], then: 'fires' },
  { kind: 'firing', given: 'an effect of what failed', when: [...ran, ended('failed'), saw('occurred')], then: 'fires' },
  { kind: 'firing', given: 'an effect of what was denied, and nobody says that it ran', when: [requested(0), decided(1, { effect: 'deny' }), saw('occurred')], then: 'fires', says: /but the decision is deny/ },
  { kind: 'quiet', given: 'the effect is there', when: [...ran, ended('succeeded'), saw('occurred')], then: 'quiet' },
  { kind: 'quiet', given: 'it failed, and there is no effect', when: [...ran, ended('failed'), saw('did_not_occur')], then: 'quiet' },
  { kind: 'boundary', given: 'it timed out: both may be', when: [...ran, ended('timed_out'), saw('occurred')], then: 'quiet' },
  { kind: 'boundary', given: 'it was done in part: both may be', when: [...ran, ended('partial'), saw('did_not_occur')], then: 'quiet' },
  { kind: 'boundary', given: 'a stranger contradicts', when: [configured({ producers: [{ id: 'ledger', legs: ['outcome'] }] }), ...ran, ended('succeeded'), saw('differs')], then: 'quiet' },
  { kind: 'boundary', given: 'who is registered contradicts', when: [configured({ producers: [{ id: 'ledger', legs: ['outcome'] }] }), ...ran, ended('succeeded'), saw('differs', { producer: 'ledger' })], then: 'fires' },
  { kind: 'resolved', given: 'a permit arrives late', when: [requested(0), decided(1, { effect: 'deny', pdp: 'opa' }), saw('occurred'), decided(2, { pdp: 'opa' })], then: 'quiet' },
])

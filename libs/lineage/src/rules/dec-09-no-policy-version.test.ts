import { ruleTable } from '../testing/rule-table.ts'
import { completed, decided, requested, started } from '../testing/tell.ts'
import { noPolicyVersion } from './dec-09-no-policy-version.ts'

const ran = [requested(0), started(2), completed(3)]
const by = (policies: object[], data: object = {}, seconds = 1) => decided(seconds, { pdp: 'opa', decision_id: `d-${seconds}`, policies, ...data })

ruleTable('M169: DEC-09', noPolicyVersion, [
  { kind: 'firing', given: 'no policy is named', when: [...ran, by([])], expect: 'fires', says: /^The decision of opa at .* does not say which policy decided\.$/ },
  { kind: 'firing', given: 'no version of one is named', when: [...ran, by([{ id: 'p', version: '1' }, { id: 'q' }])], expect: 'fires', says: /which version of q decided/ },
  { kind: 'quiet', given: 'all are named', when: [...ran, by([{ id: 'p', version: '1' }])], expect: 'quiet' },
  { kind: 'quiet', given: 'a digest names the version', when: [...ran, by([{ id: 'p', digest: 'abc' }])], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing could be asked', when: [...ran, by([], { enforcement: 'failed_open' })], expect: 'quiet' },
  { kind: 'firing', given: 'of two policies no version: the first is named', when: [...ran, by([{ id: 'p' }, { id: 'q' }])], expect: 'fires', says: /which version of p decided/ },
  { kind: 'boundary', given: 'a decision after the start, beyond the skew, decides nothing', when: [...ran, by([], {}, 7.001)], expect: 'quiet' },
  { kind: 'boundary', given: 'one within it does', when: [...ran, by([], {}, 7)], expect: 'fires' },
  { kind: 'resolved', given: 'a later decision of that policy point names it', when: [...ran, by([]), by([{ id: 'p', version: '1' }], {}, 1.5)], expect: 'quiet' },
])

import { ruleTable } from '../testing/rule-table.ts'
import { at, completed, configured, decided, requested, started, tell } from '../testing/tell.ts'
import { oldPolicy } from './dec-05-old-policy.ts'

const published = (seconds: number, version: string, data: object = {}, producer = 'default') =>
  tell('policy.published', seconds, { policy: { id: 'p', version }, ...data }, { producer })
const retired = (seconds: number, version?: string) => tell('policy.retired', seconds, { policy: { id: 'p', ...(version && { version }) } })
const ran = (seconds: number, data: object = {}) => [requested(seconds), decided(seconds, data), started(seconds), completed(seconds + 1)]

// Version 1 decides. Clocks may differ by 5 s.
ruleTable(oldPolicy, [
  { kind: 'firing', given: 'a later version was in force', when: [published(0, '1'), published(50, '2'), ...ran(100)], then: 'fires', says: /under version 1 of p, which had been superseded by version 2 from .*:50.* on/ },
  { kind: 'firing', given: 'its version was retired', when: [published(0, '1'), retired(50, '1'), ...ran(100)], then: 'fires', says: /had been retired from .*:50/ },
  { kind: 'firing', given: 'the whole policy was', when: [retired(50), ...ran(100, { policies: [{ id: 'p' }] })], then: 'fires', says: /under p, which had been retired/ },
  { kind: 'firing', given: 'announced long before', when: [published(0, '1'), published(1, '2', { effective_from: at(50) }), ...ran(100)], then: 'fires' },
  { kind: 'quiet', given: 'it is not in force yet', when: [published(0, '1'), published(1, '2', { effective_from: at(500) }), ...ran(100)], then: 'quiet' },
  { kind: 'quiet', given: 'it is the earlier one that is older', when: [published(0, '0'), published(50, '1'), ...ran(100)], then: 'quiet' },
  { kind: 'quiet', given: 'which of both is later is not known', when: [published(50, '2'), ...ran(100)], then: 'quiet' },
  { kind: 'quiet', given: 'decided before, and given from a cache', when: [published(0, '1'), published(50, '2'), ...ran(100, { cached: true, evaluated_at: at(40) })], then: 'quiet' },
  { kind: 'quiet', given: 'only a stranger says so, where decisions are owned', when: [configured({ producers: [{ id: 'pdp', legs: ['decision'] }] }), published(0, '1', {}, 'pdp'), published(50, '2'), requested(100), decided(100, {}, { producer: 'pdp' }), started(100)], then: 'quiet' },
  { kind: 'boundary', given: 'in force for no longer than the skew', when: [published(0, '1'), published(95, '2'), ...ran(100)], then: 'quiet' },
  { kind: 'boundary', given: 'for just longer', when: [published(0, '1'), published(94.999, '2'), ...ran(100)], then: 'fires' },
  { kind: 'resolved', given: 'that it was rolled back arrives late', when: [published(0, '1'), published(50, '2'), ...ran(100), published(80, '1')], then: 'quiet' },
])

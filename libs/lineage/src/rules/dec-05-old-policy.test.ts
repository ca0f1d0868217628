import { ruleTable } from '../testing/rule-table.ts'
import { at, completed, configured, decided, requested, started, tell } from '../testing/tell.ts'
import { oldPolicy } from './dec-05-old-policy.ts'

const published = (seconds: number, version: string, data: object = {}, producer = 'default') =>
  tell('policy.published', seconds, { policy: { id: 'p', version }, ...data }, { producer })
const retired = (seconds: number, version?: string) => tell('policy.retired', seconds, { policy: { id: 'p', ...(version && { version }) } })
const ran = (seconds: number, data: object = {}) => [requested(seconds), decided(seconds, data), started(seconds), completed(seconds + 1)]

// Version 1 decides. Clocks may differ by 5 s.
ruleTable('M165: DEC-05', oldPolicy, [
  { kind: 'firing', given: 'a later version was in force', when: [published(0, '1'), published(50, '2'), ...ran(100)], expect: 'fires', says: /under version 1 of p, which had been superseded by version 2 from .*:50.* on/ },
  { kind: 'firing', given: 'its version was retired', when: [published(0, '1'), retired(50, '1'), ...ran(100)], expect: 'fires', says: /had been retired from .*:50/ },
  { kind: 'firing', given: 'the whole policy was', when: [retired(50), ...ran(100, { policies: [{ id: 'p' }] })], expect: 'fires', says: /under p, which had been retired/ },
  { kind: 'firing', given: 'announced long before', when: [published(0, '1'), published(1, '2', { effective_from: at(50) }), ...ran(100)], expect: 'fires' },
  { kind: 'quiet', given: 'it is not in force yet', when: [published(0, '1'), published(1, '2', { effective_from: at(500) }), ...ran(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'it is the earlier one that is older', when: [published(0, '0'), published(50, '1'), ...ran(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'which of both is later is not known', when: [published(50, '2'), ...ran(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'decided before, and given from a cache', when: [published(0, '1'), published(50, '2'), ...ran(100, { cached: true, evaluated_at: at(40) })], expect: 'quiet' },
  { kind: 'quiet', given: 'only a stranger says so, where decisions are owned', when: [configured({ producers: [{ id: 'pdp', legs: ['decision'] }] }), published(0, '1', {}, 'pdp'), published(50, '2'), requested(100), decided(100, {}, { producer: 'pdp' }), started(100)], expect: 'quiet' },
  { kind: 'firing', given: 'versions that are named by their digests', when: [tell('policy.published', 0, { policy: { id: 'p', digest: 'abc' } }), tell('policy.published', 50, { policy: { id: 'p', digest: 'def' } }), ...ran(100, { policies: [{ id: 'p', digest: 'abc' }] })], expect: 'fires', says: /under version abc of p, which had been superseded by version def/ },
  { kind: 'firing', given: 'two later versions: the first to take effect is named', when: [published(0, '1'), published(10, '3', { effective_from: at(60) }), published(20, '2', { effective_from: at(50) }), ...ran(100)], expect: 'fires', says: /superseded by version 2/ },
  { kind: 'firing', given: 'retired without a version', when: [published(0, '1'), retired(50), ...ran(100)], expect: 'fires', says: /retired from/ },
  { kind: 'quiet', given: 'another version was retired', when: [published(0, '1'), retired(50, '0'), ...ran(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'its own version was published twice', when: [published(0, '1'), published(50, '1'), ...ran(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'which version decided is not said', when: [published(0, '1'), published(50, '2'), ...ran(100, { policies: [{ id: 'p' }] })], expect: 'quiet' },
  { kind: 'quiet', given: 'which version came later is not said', when: [published(0, '1'), tell('policy.published', 50, { policy: { id: 'p' } }), ...ran(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'neither which version decided nor which was published is said', when: [tell('policy.published', 0, { policy: { id: 'p' } }), published(50, '2'), ...ran(100, { policies: [{ id: 'p' }] })], expect: 'quiet' },
  { kind: 'boundary', given: 'rolled back just as it was decided', when: [published(0, '1'), published(50, '2'), ...ran(100), published(105, '1')], expect: 'quiet' },
  { kind: 'boundary', given: 'rolled back just after', when: [published(0, '1'), published(50, '2'), ...ran(100), published(105.001, '1')], expect: 'fires' },
  { kind: 'boundary', given: 'superseded at once', when: [published(50, '1'), published(50, '2'), ...ran(100)], expect: 'quiet' },
  { kind: 'boundary', given: 'in force for no longer than the skew', when: [published(0, '1'), published(95, '2'), ...ran(100)], expect: 'quiet' },
  { kind: 'boundary', given: 'for just longer', when: [published(0, '1'), published(94.999, '2'), ...ran(100)], expect: 'fires' },
  { kind: 'resolved', given: 'that it was rolled back arrives late', when: [published(0, '1'), published(50, '2'), ...ran(100), published(80, '1')], expect: 'quiet' },
])

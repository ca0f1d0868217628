import { alice, own, tell } from '../testing/tell.ts'
import { subjectTable } from '../testing/subject-table.ts'
import { droppedEvents } from './int-10-dropped-events.ts'

const gap = (seconds: number, data: object = {}) => tell('source.gap', seconds, { dropped: 5, reason: 'queue full', ...data }, { source: 'urn:sdk', producer: 'sdk' })

subjectTable('M230: INT-10', droppedEvents, [
  { kind: 'firing', given: 'it dropped some', when: [gap(0)], expect: 'fires', of: 'urn:sdk', says: /^urn:sdk said at 2026-11-24T09:00:00Z that it had dropped 5 events \(queue full\)\.$/ },
  { kind: 'firing', given: 'it dropped some again', when: [gap(0), gap(1, { dropped: 2, reason: undefined })], expect: 'fires', says: /it had dropped 2 events, 7 in all\.$/ },
  { kind: 'firing', given: 'it counts from its start: what it said before is in that', when: [gap(0, { since_start: true }), gap(1, { dropped: 7, since_start: true })], expect: 'fires', says: /it had dropped 7 events \(queue full\)\.$/ },
  { kind: 'firing', given: 'it counts both ways', when: [gap(0), gap(1, { dropped: 7, since_start: true })], expect: 'fires', says: /it had dropped 7 events \(queue full\), 12 in all\.$/ },
  { kind: 'quiet', given: 'something else is said of it', when: [tell('source.heartbeat', 0, { watermark: '2026-11-24T09:00:00Z' }, { source: 'urn:sdk' })], expect: 'quiet' },
  { kind: 'boundary', given: 'it dropped none', when: [gap(0, { dropped: 0 })], expect: 'quiet' },
  { kind: 'boundary', given: 'it dropped one', when: [gap(0, { dropped: 1 })], expect: 'fires' },
  { kind: 'resolved', given: 'it is retracted', when: [gap(0), own('assertion.retracted', 100, { producer: 'sdk', reason: 'a test', by: alice })], expect: 'quiet' },
])

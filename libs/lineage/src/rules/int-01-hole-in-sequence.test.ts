import { at, completed, configured, requested, started, tell, ticked } from '../testing/tell.ts'
import { subjectTable } from '../testing/subject-table.ts'
import { holeInSequence } from './int-01-hole-in-sequence.ts'

const numbered = (sequence: string) => ({ source: 'urn:sdk', sequence })
const [one, two, three, five] = [requested(0, {}, numbered('01')), started(1, {}, numbered('02')), completed(2, {}, numbered('03')), completed(4, {}, numbered('05'))]
const edge = configured({ producers: [{ id: 'edge', legs: ['heartbeat'], delay_ms: 10_000 }] })

// A missing event may come within 60 s (context_due_ms) of the one after it.
subjectTable('M221: INT-01', holeInSequence, [
  { kind: 'firing', given: 'one is missing', when: [one, three, ticked(100)], expect: 'fires', of: 'urn:sdk', says: /^urn:sdk has numbered 1 event that has not been received, between 01 and 03\.$/ },
  { kind: 'firing', given: 'several are missing', when: [one, three, five, ticked(100)], expect: 'fires', says: /^urn:sdk has numbered 2 events that have not been received, the first between 01 and 03, in 2 places\.$/ },
  { kind: 'firing', given: 'a second hole is too young to be told', when: [one, three, completed(90, {}, numbered('09')), ticked(100)], expect: 'fires', says: /1 event that/ },
  { kind: 'quiet', given: 'none is missing', when: [one, two, three, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'another source goes on counting', when: [one, { ...started(1, {}, { source: 'urn:other', sequence: '09' }) }, ticked(100)], expect: 'quiet' },
  { kind: 'boundary', given: 'and both a little later', when: [one, three, five, ticked(64)], expect: 'fires', says: /2 events/ },
  { kind: 'boundary', given: 'for the first everybody has been waited for', when: [edge, one, three, five, ticked(73)], expect: 'fires' },
  { kind: 'boundary', given: 'of two holes only the first is told', when: [one, three, five, ticked(63)], expect: 'fires', says: /between 01 and 03\.$/ },
  { kind: 'boundary', given: 'it may still come', when: [one, three, ticked(61.999)], expect: 'quiet', again: at(62) },
  { kind: 'boundary', given: 'it may not come any more', when: [one, three, ticked(62)], expect: 'fires' },
  { kind: 'provisional', given: 'who speaks for the source may take longer', when: [edge, one, three, ticked(71.999)], expect: 'provisional' },
  { kind: 'provisional', given: 'who speaks for the source has not sent everything', when: [edge, one, three, tell('source.heartbeat', 3, { watermark: at(3), offline_since: at(3) }, { source: 'urn:sdk', producer: 'edge' }), ticked(1_000)], expect: 'provisional' },
  { kind: 'resolved', given: 'it arrives late', when: [one, three, ticked(100), two], expect: 'quiet' },
])

import { at, completed, configured, requested, started, tell, ticked } from '../testing/tell.ts'
import { subjectTable } from '../testing/subject-table.ts'
import { holeInSequence } from './int-01-hole-in-sequence.ts'

const numbered = (sequence: string) => ({ source: 'urn:sdk', sequence })
const [one, two, three, five] = [requested(0, {}, numbered('01')), started(1, {}, numbered('02')), completed(2, {}, numbered('03')), completed(4, {}, numbered('05'))]
const edge = configured({ producers: [{ id: 'edge', legs: ['heartbeat'], delay_ms: 10_000 }] })

// A missing event may come within 60 s (context_due_ms) of the one after it.
subjectTable(holeInSequence, [
  { kind: 'firing', given: 'one is missing', when: [one, three, ticked(100)], then: 'fires', of: 'urn:sdk', says: /^urn:sdk has numbered 1 event that has not been received, between 01 and 03\.$/ },
  { kind: 'firing', given: 'several are missing', when: [one, three, five, ticked(100)], then: 'fires', says: /^urn:sdk has numbered 2 events that have not been received, the first between 01 and 03, in 2 places\.$/ },
  { kind: 'firing', given: 'a second hole is too young to be told', when: [one, three, completed(90, {}, numbered('09')), ticked(100)], then: 'fires', says: /1 event that/ },
  { kind: 'quiet', given: 'none is missing', when: [one, two, three, ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'another source goes on counting', when: [one, { ...started(1, {}, { source: 'urn:other', sequence: '09' }) }, ticked(100)], then: 'quiet' },
  { kind: 'boundary', given: 'of two holes only the first is told', when: [one, three, five, ticked(63)], then: 'fires', says: /between 01 and 03\.$/ },
  { kind: 'boundary', given: 'it may still come', when: [one, three, ticked(61.999)], then: 'quiet' },
  { kind: 'boundary', given: 'it may not come any more', when: [one, three, ticked(62)], then: 'fires' },
  { kind: 'provisional', given: 'who speaks for the source may take longer', when: [edge, one, three, ticked(71.999)], then: 'provisional' },
  { kind: 'provisional', given: 'who speaks for the source has not sent everything', when: [edge, one, three, tell('source.heartbeat', 3, { watermark: at(3), offline_since: at(3) }, { source: 'urn:sdk', producer: 'edge' }), ticked(1_000)], then: 'provisional' },
  { kind: 'resolved', given: 'it arrives late', when: [one, three, ticked(100), two], then: 'quiet' },
])

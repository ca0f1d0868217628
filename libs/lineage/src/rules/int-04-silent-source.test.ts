import { at, configured, tell, ticked } from '../testing/tell.ts'
import { subjectTable } from '../testing/subject-table.ts'
import { silentSource } from './int-04-silent-source.ts'

const edge = { source: 'urn:edge', producer: 'edge' }
const armed = configured({ producers: [{ id: 'edge', legs: ['heartbeat'], delay_ms: 10_000, agents: ['refund-bot'] }] })
const beat = (seconds: number, data: object = { next_before: at(seconds + 60) }, attributes = edge) =>
  tell('source.heartbeat', seconds, { watermark: at(seconds), ...data }, attributes)

// The next is due after 60 s; 10 s of delay and 5 s of skew.
subjectTable('M224: INT-04', silentSource, [
  { kind: 'firing', given: 'none comes', when: [armed, beat(0), ticked(100)], expect: 'fires', of: 'urn:edge', says: /^urn:edge sent a heartbeat at 2026-11-24T09:00:00Z, was to send the next by 2026-11-24T09:01:00(\.000)?Z, and has not\.$/ },
  { kind: 'firing', given: 'it said that it was offline, and when it would be back', when: [armed, beat(0, { next_before: at(60), offline_since: at(-5) }), ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'another source of the producer goes on', when: [armed, beat(0), beat(50, { next_before: at(200) }, { ...edge, source: 'urn:edge/2' }), ticked(100)], expect: 'fires', of: 'urn:edge' },
  { kind: 'firing', given: 'a stranger sends one for it', when: [armed, beat(0), beat(50, { next_before: at(900) }, { ...edge, producer: 'other' }), ticked(100)], expect: 'fires' },
  { kind: 'quiet', given: 'it goes on', when: [armed, beat(0), beat(50), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'it never said when the next would come', when: [armed, beat(0, {}), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'it has never sent one', when: [armed, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody is registered for heartbeats', when: [beat(0), ticked(100)], expect: 'quiet' },
  { kind: 'boundary', given: 'it may still come', when: [armed, beat(0), ticked(74.999)], expect: 'quiet' },
  { kind: 'boundary', given: 'it may not come any more', when: [armed, beat(0), ticked(75)], expect: 'fires' },
  { kind: 'resolved', given: 'the next one comes', when: [armed, beat(0), ticked(100), beat(110)], expect: 'quiet' },
], { provisional: 'its own clock stands still while it is silent, so nobody is waited for' })

import { alice, at, completed, configured, own, requested, started, tell, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import type { Told } from '../testing/world.ts'
import { timeAndReceiptApart } from './int-05-time-and-receipt-apart.ts'

const received = (told: Told, seconds: number): Told => ({ ...told, received_at: at(seconds).replace('Z', '000Z') })
const beat = (seconds: number, data: object = {}) => tell('source.heartbeat', seconds, { watermark: at(seconds), ...data })
const imported = (from: number, to: number, producer = 'default') => [
  own('import.started', from, { import_id: 'i', producer }), own('import.ended', to, { import_id: 'i', lines: 3, refused: 0 }),
]
const late = received(completed(2), 1_000)
const ran = [requested(0), started(1)]

// Late is what comes more than 70 s after its time (delay_ms 10 s, context_due_ms 60 s), early what comes more than the skew of 5 s before it.
ruleTable('M225: INT-05', timeAndReceiptApart, [
  { kind: 'firing', given: 'an end comes late', when: [...ran, late, ticked(2_000)], expect: 'fires', of: 'urn:test|2026-11-24', says: /^action.completed says 2026-11-24T09:00:02Z and was received at 2026-11-24T09:16:40\.000000Z, 998 s later; 70 s are allowed\.$/ },
  { kind: 'firing', given: 'an end comes before it happens', when: [...ran, received(completed(20), 3), ticked(2_000)], expect: 'fires', says: /17 s before that; 5 s are allowed/ },
  { kind: 'firing', given: 'another producer was being imported', when: [...ran, late, ...imported(900, 1_100, 'site'), ticked(2_000)], expect: 'fires' },
  { kind: 'firing', given: 'the source was offline later only', when: [...ran, late, beat(900, { offline_since: at(800) }), ticked(2_000)], expect: 'fires' },
  { kind: 'firing', given: 'the source had been offline before', when: [...ran, late, beat(-60, { offline_since: at(-100) }), beat(-30), beat(1), beat(3), ticked(2_000)], expect: 'fires' },
  { kind: 'quiet', given: 'all comes in time', when: [...ran, completed(2), ticked(2_000)], expect: 'quiet' },
  { kind: 'quiet', given: 'the source was offline', when: [...ran, beat(-5, { offline_since: at(-10) }), late, ticked(2_000)], expect: 'quiet' },
  { kind: 'quiet', given: 'it is imported', when: [...ran, late, ...imported(900, 1_100), ticked(2_000)], expect: 'quiet' },
  { kind: 'firing', given: 'the import had ended', when: [...ran, late, ...imported(900, 999), ticked(2_000)], expect: 'fires' },
  { kind: 'firing', given: 'the import began later', when: [...ran, late, ...imported(1_001, 1_100), ticked(2_000)], expect: 'fires' },
  { kind: 'firing', given: 'the import is of other sources', when: [...ran, late, own('import.started', 900, { import_id: 'i', producer: 'default', sources: ['urn:other'] }), ticked(2_000)], expect: 'fires' },
  { kind: 'firing', given: 'a second entry comes too late', when: [...ran, late, received(completed(3), 1_990), ticked(2_000)], expect: 'fires', says: /1987 s later/ },
  { kind: 'quiet', given: 'the import goes on', when: [...ran, late, own('import.started', 900, { import_id: 'i', producer: 'default' }), own('import.ended', 950, { import_id: 'j', lines: 0, refused: 0 }), ticked(2_000)], expect: 'quiet' },
  { kind: 'firing', given: 'of two that are late the worse is named', when: [...ran, late, received(completed(3), 900), ticked(2_000)], expect: 'fires', says: /998 s later/ },
  { kind: 'firing', given: 'of two that are equally late the first is named', when: [...ran, late, received(completed(3), 1_001), ticked(2_000)], expect: 'fires', says: /says 2026-11-24T09:00:02Z/ },
  { kind: 'firing', given: 'the source was offline earlier, and not any more', when: [...ran, beat(0.5, { offline_since: at(-10) }), beat(1), beat(3), late, ticked(2_000)], expect: 'fires' },
  { kind: 'firing', given: 'the source says so only after it has beaten in between', when: [...ran, beat(1), beat(3), beat(900, { offline_since: at(-10) }), late, ticked(2_000)], expect: 'fires' },
  { kind: 'firing', given: 'an import is said to have ended twice: the first counts', when: [...ran, late, ...imported(900, 950), own('import.ended', 1_100, { import_id: 'i', lines: 3, refused: 0 }), ticked(2_000)], expect: 'fires' },
  { kind: 'quiet', given: 'its source is imported', when: [...ran, late, own('import.started', 900, { import_id: 'i', producer: 'default', sources: ['urn:test'] }), ticked(2_000)], expect: 'quiet' },
  { kind: 'boundary', given: 'the heartbeat is of that very time', when: [...ran, beat(2, { offline_since: at(-10) }), late, ticked(2_000)], expect: 'quiet' },
  { kind: 'boundary', given: 'the heartbeat after that very time says so', when: [...ran, beat(2), beat(900, { offline_since: at(-10) }), late, ticked(2_000)], expect: 'quiet' },
  { kind: 'boundary', given: 'offline from that very time', when: [...ran, beat(900, { offline_since: at(2) }), late, ticked(2_000)], expect: 'quiet' },
  { kind: 'boundary', given: 'the import began as it was received', when: [...ran, late, ...imported(1_000, 1_100), ticked(2_000)], expect: 'quiet' },
  { kind: 'boundary', given: 'the import ended as it was received', when: [...ran, late, ...imported(900, 1_000), ticked(2_000)], expect: 'quiet' },
  { kind: 'boundary', given: 'just in time', when: [...ran, received(completed(2), 72), ticked(2_000)], expect: 'quiet' },
  { kind: 'boundary', given: 'just too late', when: [...ran, received(completed(2), 72.001), ticked(2_000)], expect: 'fires' },
  { kind: 'boundary', given: 'its clock is just within the skew', when: [...ran, received(completed(8), 3), ticked(2_000)], expect: 'quiet' },
  { kind: 'boundary', given: 'its producer may take longer', when: [configured({ producers: [{ id: 'default', legs: ['execution'], delay_ms: 2_000_000 }] }), ...ran, late, ticked(2_000)], expect: 'quiet' },
  { kind: 'boundary', given: 'who was offline may still say so', when: [...ran, late, ticked(1_059.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'and whose heartbeats are late themselves, too', when: [configured({ producers: [{ id: 'edge', legs: ['heartbeat'], delay_ms: 10_000 }] }), ...ran, late, ticked(1_069.999)], expect: 'provisional' },
  { kind: 'resolved', given: 'it is retracted', when: [...ran, late, own('assertion.retracted', 2_000, { producer: 'default', positions: [{ log: late.log, from: late.index, to: late.index }], reason: 'wrong', by: alice }), ticked(2_000)], expect: 'quiet' },
  { kind: 'resolved', given: 'it says when it is back that it was offline', when: [...ran, late, ticked(2_000), beat(1_001, { offline_since: at(-10) })], expect: 'quiet' },
])

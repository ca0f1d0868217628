import { frameBinary } from '@onbehalf/events'
import { expect, test } from 'vitest'
import { createStyle } from '../terminal/style.ts'
import { visibleDeep } from '../terminal/text.ts'
import { contentLines, quarantinePage, type QuarantineCase, type Sample } from './quarantine-page.ts'

const plain = { columns: 80, style: createStyle(false) }
const ref = { log: 'default/onbehalf.events/0', index: 17, kind: 'cloudevent', producer: 'pdp-eu', received_at: '2026-11-24T09:00:00.000000Z' }
const found: QuarantineCase = { id: 'q-1', producer: 'pdp-eu', reason: 'invalid /time: must be a time', kind: 'cloudevent', count: 12_000, first_at: ref.received_at, last_at: '2026-11-24T10:00:00.000000Z', samples: [ref] }
const sample = (content: string | null, errors: Sample['errors'] = []): Sample => ({ ...ref, content: content === null ? null : Buffer.from(content).toString('base64'), errors })

test('a case with a sample, as it was received, and what is wrong with it', () => {
  expect(quarantinePage(found, [sample('{"id":"e-1","time":"yesterday"}', [{ path: '/time', rule: 'must be a time' }]), sample(null)], plain)).toBe(`q-1  invalid /time: must be a time
    12,000 × cloudevent of producer pdp-eu, received from 2026-11-24 09:00:00 to
    2026-11-24 10:00:00

default/onbehalf.events/0#17  received 2026-11-24 09:00:00
  ✗ /time must be a time
  {
    "id": "e-1",
    "time": "yesterday"
  }

default/onbehalf.events/0#17  received 2026-11-24 09:00:00
  its content cannot be read from here: run this where the instance runs

Correct the producer and send the events again: what stands here stays, and is
in no lineage.`)
})

test('content: text as it is, a frame with its headers, bytes as hex, long ones cut', () => {
  const lines = (content: Uint8Array | string, kind = 'cloudevent') => contentLines(kind, Buffer.from(content), plain)
  expect(lines('not JSON\nat all')).toEqual(['  not JSON', '  at all'])
  expect(lines(frameBinary([['ce_id', Buffer.from('e-1')]], Buffer.from('{}')), 'cloudevent-binary')).toEqual(['  ce_id: e-1', '  {}'])
  expect(lines(Uint8Array.of(0xff, 0x00, 0x41))).toEqual(['  0000  ff 00 41                                         ..A'])
  expect(lines(new Uint8Array(1_000).fill(0xff)).at(-1)).toBe('  … 744 more bytes')
  expect(lines('x\n'.repeat(100)).at(-1)).toBe('  … 61 more lines')
  expect(lines('y'.repeat(500))[0]!.length).toBe(80)
})

test('what others sent cannot act on the terminal', () => {
  const evil = '\u001b]0;owned\u0007\u202e'
  const page = quarantinePage(visibleDeep({ ...found, producer: evil }), visibleDeep([
    sample(JSON.stringify({ [evil]: evil }), [{ path: evil, rule: evil }]), sample(`text ${evil}`),
    { ...sample(null), kind: 'cloudevent-binary', content: Buffer.from(frameBinary([[evil, Buffer.from(evil)]], Buffer.from(evil))).toString('base64') },
  ]), plain)
  expect(page.replaceAll('\n', '')).toMatch(/^[^\p{Cc}\u202a-\u202e]*$/u)
  expect(page).toContain('owned')
})

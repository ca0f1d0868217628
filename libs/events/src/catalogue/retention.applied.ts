import { data, range } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { list, name, time } from '../text.ts'

export const retentionApplied = defineEvent({
  type: 'retention.applied',
  title: 'Retention applied',
  doc: 'Content past its retention is deleted; commitments and proofs stay',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    received_before: time(),
    kinds: list(name()).describe('Kinds of entries; all if left out').optional(),
    positions: list(range, 10_000),
  }),
  example: {
    received_before: '2025-01-25T00:00:00Z',
    kinds: ['cloudevent'],
    positions: [{ log: 'default/onbehalf.events/0', from: 0, to: 16 }],
  },
})

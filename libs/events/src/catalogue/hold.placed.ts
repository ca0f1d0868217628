import { data, principal, range } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { foreignId, id, list, text } from '../text.ts'

export const holdPlaced = defineEvent({
  type: 'hold.placed',
  title: 'Hold placed',
  doc: 'Nothing of this may be erased or expire',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    hold_id: id(),
    by: principal,
    reason: text(),
    ids: list(foreignId()).describe('What is held: ids of actions, sessions or principals').optional(),
    positions: list(range).optional(),
  }),
  example: {
    hold_id: 'hold-1',
    by: { iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' },
    reason: 'Case 2026-14',
    ids: ['act-9'],
    positions: [{ log: 'default/onbehalf.events/0', from: 17, to: 40 }],
  },
})

import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { id, text } from '../text.ts'

export const holdReleased = defineEvent({
  type: 'hold.released',
  title: 'Hold released',
  doc: 'A hold no longer applies',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    hold_id: id(),
    by: principal,
    reason: text(),
  }),
  example: {
    hold_id: 'hold-1',
    by: { iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' },
    reason: 'Case 2026-14 closed',
  },
})

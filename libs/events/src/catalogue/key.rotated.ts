import { data } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { foreignId, text } from '../text.ts'

export const keyRotated = defineEvent({
  type: 'key.rotated',
  title: 'Key rotated',
  doc: 'The log is signed with another key from here on',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    key_id: foreignId(),
    previous_key_id: foreignId().optional(),
    reason: text().optional(),
  }),
  example: {
    key_id: 'onbehalf.example+4a1bf7c3',
    previous_key_id: 'onbehalf.example+09ffd2e1',
    reason: 'yearly',
  },
})

import { data } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { id, text } from '../text.ts'

export const sessionEnded = defineEvent({
  type: 'session.ended',
  title: 'Session ended',
  doc: 'An agent has stopped working for somebody',
  leg: 'initiator',
  schema: data({
    session_id: id(),
    reason: text().optional(),
  }),
  example: {
    session_id: 'ses-31',
    reason: 'completed',
  },
})

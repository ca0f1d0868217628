import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { name, text } from '../text.ts'

export const signalReceived = defineEvent({
  type: 'signal.received',
  title: 'Signal received',
  doc: 'A security signal about a principal came in (CAEP, RISC)',
  leg: null,
  schema: data({
    signal: name().describe('The CAEP or RISC event type'),
    principal: principal.optional(),
    cause: text().optional(),
  }),
  example: {
    signal: 'https://schemas.openid.net/secevent/caep/event-type/session-revoked',
    principal: { iss: 'https://login.example', sub: 'anna', kind: 'user', name: 'Anna' },
    cause: 'Device lost',
  },
})

import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { text } from '../text.ts'

export const agentSuspended = defineEvent({
  type: 'agent.suspended',
  title: 'Agent suspended',
  doc: 'An agent must not act until it is reactivated',
  leg: 'inventory',
  schema: data({
    agent: principal,
    by: principal.optional(),
    reason: text().optional(),
  }),
  example: {
    agent: { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent', name: 'Refund bot' },
    by: { iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' },
    reason: 'Under investigation',
  },
})

import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { text } from '../text.ts'

export const agentRetired = defineEvent({
  type: 'agent.retired',
  title: 'Agent retired',
  doc: 'An agent will not act any more',
  leg: 'inventory',
  schema: data({
    agent: principal,
    by: principal.optional(),
    reason: text().optional(),
  }),
  example: {
    agent: { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent', name: 'Refund bot' },
    by: { iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' },
    reason: 'Replaced by refund-bot-2',
  },
})

import { z } from 'zod'
import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { foreignId, id, text } from '../text.ts'

export const sessionStarted = defineEvent({
  type: 'session.started',
  title: 'Session started',
  doc: 'An agent has begun to work for somebody',
  leg: 'initiator',
  schema: data({
    session_id: id(),
    agent: principal,
    initiator: principal.describe('The root cause').optional(),
    trigger: z.enum(['interactive', 'schedule', 'webhook', 'agent', 'autonomous']),
    trigger_ref: foreignId().describe('The schedule, webhook or message that triggered it').optional(),
    purpose: text().optional(),
  }),
  example: {
    session_id: 'ses-31',
    agent: { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent', name: 'Refund bot' },
    initiator: { iss: 'https://login.example', sub: 'anna', kind: 'user', name: 'Anna' },
    trigger: 'interactive',
    trigger_ref: 'ticket-4711',
    purpose: 'Customer asks for a refund',
  },
})

import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { list, name, text, time } from '../text.ts'

export const agentRegistered = defineEvent({
  type: 'agent.registered',
  title: 'Agent registered',
  doc: 'An agent exists, with its owner, its sponsor and what it is for',
  leg: 'inventory',
  schema: data({
    agent: principal,
    owner: principal.optional(),
    sponsor: principal.describe('The accountable human').optional(),
    purpose: text().optional(),
    model: name().optional(),
    version: name().optional(),
    systems: list(name()).describe('Systems it may reach').optional(),
    boundaries: list(name()).describe('Trust boundaries it may cross').optional(),
    review_due: time().optional(),
  }),
  example: {
    agent: { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent', name: 'Refund bot' },
    owner: { iss: 'https://login.example', sub: 'payments-team', kind: 'organization' },
    sponsor: { iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' },
    purpose: 'Answers refund requests of customers',
    model: 'claude-sonnet',
    version: '4.2.0',
    systems: ['payments'],
    boundaries: ['eu-production'],
    review_due: '2026-09-01T00:00:00Z',
  },
})

import { data, principal, scope } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { foreignId, id, text, time } from '../text.ts'

export const grantWithdrawn = defineEvent({
  type: 'grant.withdrawn',
  title: 'Grant withdrawn',
  doc: 'Just-in-time access of an agent is gone',
  leg: 'grants',
  schema: data({
    grant_id: id(),
    agent: principal,
    delegation_id: id().optional(),
    scope: scope.optional(),
    not_before: time().optional(),
    expires_at: time().optional(),
    withdrawal_due: time().describe('When a just-in-time grant must be gone').optional(),
    justification: text().optional(),
    ticket: foreignId().optional(),
  }),
  example: {
    grant_id: 'gra-5',
    agent: { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent', name: 'Refund bot' },
    delegation_id: 'del-2',
    scope: { actions: ['payments.refund'] },
    not_before: '2026-03-01T09:29:00Z',
    expires_at: '2026-03-01T10:29:00Z',
    withdrawal_due: '2026-03-01T10:30:00Z',
    justification: 'Refund of order 881',
    ticket: 'CHG-1203',
  },
})

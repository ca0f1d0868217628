import { z } from 'zod'
import { data, parent, principal, scope, token } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { count, foreignId, id, name, text, time } from '../text.ts'

export const delegationGranted = defineEvent({
  type: 'delegation.granted',
  title: 'Delegation granted',
  doc: 'One principal lets another act with somebody\'s authority',
  leg: 'delegation',
  schema: data({
    delegation_id: id(),
    parent,
    grantor: principal,
    delegate: principal,
    subject: principal.describe('Whose authority is used'),
    scope: scope.optional(),
    not_before: time().optional(),
    expires_at: time().optional(),
    max_depth: count().describe('How many further hops are allowed below this one').optional(),
    mode: z.enum(['delegation', 'impersonation', 'self']),
    purpose: text().optional(),
    consent_ref: foreignId().optional(),
    issuer: foreignId().optional(),
    exchange: z
      .object({
        from_trust_domain: name(),
        to_trust_domain: name(),
        subject_token: token.optional(),
        issued_token: token.optional(),
        counterparty_verified: z.boolean().optional(),
      })
      .describe('The authority crossed into another trust domain')
      .optional(),
  }),
  example: {
    delegation_id: 'del-2',
    parent: { kind: 'delegation', delegation_id: 'del-1' },
    grantor: { iss: 'https://agents.example', sub: 'support-agent', kind: 'agent' },
    delegate: { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent' },
    subject: { iss: 'https://login.example', sub: 'anna', kind: 'user', name: 'Anna' },
    scope: {
      actions: ['payments.refund'],
      resources: ['order/*'],
      audience: ['payments'],
      oauth_scopes: ['refunds:write'],
      constraints: { max_uses: 1, environment: ['production'], data_class: ['payment'] },
    },
    not_before: '2026-03-01T09:29:00Z',
    expires_at: '2026-03-01T10:29:00Z',
    max_depth: 0,
    mode: 'delegation',
    purpose: 'Refund order 881',
    consent_ref: 'consent-77',
    issuer: 'https://sts.example',
    exchange: {
      from_trust_domain: 'example.com',
      to_trust_domain: 'payments.example',
      subject_token: { iss: 'https://sts.example', jti: 'tok-1' },
      issued_token: { iss: 'https://sts.payments.example', jti: 'tok-2' },
      counterparty_verified: true,
    },
  },
})

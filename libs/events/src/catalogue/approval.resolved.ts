import { z } from 'zod'
import { argumentsDigest, data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { count, id, name, text, time } from '../text.ts'

export const approvalResolved = defineEvent({
  type: 'approval.resolved',
  title: 'Approval resolved',
  doc: 'An approval was given, refused, or came to nothing',
  leg: 'approval',
  schema: data({
    ...argumentsDigest,
    approval_id: id(),
    resolution: z.enum(['approved', 'denied', 'expired', 'cancelled']),
    kind: z.enum(['approval', 'confirmation']).describe('`confirmation`: the user confirms her own agent').optional(),
    scope: z.enum(['once', 'session', 'until']).optional(),
    expires_at: time().describe('The end of a scope `until`').optional(),
    max_uses: count().optional(),
    approver: principal.optional(),
    channel: name().optional(),
    verified_by: name().describe('How the approver was recognised').optional(),
    reason: text().optional(),
  }),
  example: {
    approval_id: 'apr-3',
    action_id: 'act-9',
    resolution: 'approved',
    kind: 'approval',
    scope: 'once',
    expires_at: '2026-03-01T10:00:00Z',
    max_uses: 1,
    approver: { iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' },
    channel: 'chat',
    verified_by: 'webauthn',
    arguments_digest: 'sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    arguments_projection: 'without card number',
    reason: 'Order 881 never arrived',
  },
})

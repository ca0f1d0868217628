import { argumentsDigest, data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { anything, id, list, time } from '../text.ts'

export const approvalRequested = defineEvent({
  type: 'approval.requested',
  title: 'Approval requested',
  doc: 'Somebody is asked to approve one or several actions',
  leg: 'approval',
  schema: data({
    ...argumentsDigest,
    approval_id: id(),
    approvers: list(principal).describe('Who was asked').optional(),
    expires_at: time().optional(),
    plan: anything().describe('Any JSON: what would be done; may cover several actions').optional(),
  }),
  example: {
    approval_id: 'apr-3',
    action_id: 'act-9',
    arguments_digest: 'sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    arguments_projection: 'without card number',
    approvers: [{ iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' }],
    expires_at: '2026-03-01T10:00:00Z',
    plan: { steps: ['refund order 881'] },
  },
})

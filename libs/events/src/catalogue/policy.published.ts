import { data, policy, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { time } from '../text.ts'

export const policyPublished = defineEvent({
  type: 'policy.published',
  title: 'Policy published',
  doc: 'A version of a policy applies',
  leg: 'decision',
  schema: data({
    policy,
    effective_from: time().optional(),
    author: principal.optional(),
    approver: principal.optional(),
  }),
  example: {
    policy: { id: 'refunds', version: '14', digest: 'sha-256:5f1c' },
    effective_from: '2026-02-01T00:00:00Z',
    author: { iss: 'https://login.example', sub: 'anna', kind: 'user', name: 'Anna' },
    approver: { iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' },
  },
})

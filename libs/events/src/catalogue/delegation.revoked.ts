import { z } from 'zod'
import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { id, text } from '../text.ts'

export const delegationRevoked = defineEvent({
  type: 'delegation.revoked',
  title: 'Delegation revoked',
  doc: 'A delegation is withdrawn, with everything below it unless said otherwise',
  leg: 'delegation',
  schema: data({
    delegation_id: id(),
    by: principal.optional(),
    reason: text().optional(),
    cascade: z.boolean().describe('Whether what was delegated further is revoked too; true if left out').optional(),
  }),
  example: {
    delegation_id: 'del-2',
    by: { iss: 'https://login.example', sub: 'anna', kind: 'user', name: 'Anna' },
    reason: 'Customer withdrew',
    cascade: true,
  },
})

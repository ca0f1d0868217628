import { argumentsDigest, data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { id } from '../text.ts'

export const actionStarted = defineEvent({
  type: 'action.started',
  title: 'Action started',
  doc: 'An executor has begun to carry out an action',
  leg: 'execution',
  schema: data({
    ...argumentsDigest,
    action_id: id(),
    executor: principal.describe('What ran it').optional(),
  }),
  example: {
    action_id: 'act-9',
    executor: { iss: 'https://payments.example', sub: 'payments-mcp', kind: 'service' },
    arguments_digest: 'sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    arguments_projection: 'without card number',
  },
})

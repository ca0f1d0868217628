import { z } from 'zod'
import { argumentsDigest, data } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { digestText, id, name, text } from '../text.ts'

export const actionCompleted = defineEvent({
  type: 'action.completed',
  title: 'Action completed',
  doc: 'An action has come to an end, well or not',
  leg: 'execution',
  schema: data({
    ...argumentsDigest,
    action_id: id(),
    status: z.enum(['succeeded', 'failed', 'blocked', 'cancelled', 'timed_out', 'partial']),
    error: z.object({ type: name(), message: text().optional() }).optional(),
    result_digest: digestText().describe('Of the RFC 8785 form of the result').optional(),
  }),
  example: {
    action_id: 'act-9',
    status: 'partial',
    error: { type: 'fee_not_refunded', message: 'The shipping fee was not refunded' },
    result_digest: 'sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    arguments_digest: 'sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    arguments_projection: 'without card number',
    upstream_request_ids: ['req-pay-5512'],
  },
})

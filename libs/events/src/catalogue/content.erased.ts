import { z } from 'zod'
import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { anything, count, id, list, name, text, time } from '../text.ts'

export const contentErased = defineEvent({
  type: 'content.erased',
  title: 'Content erased',
  doc: 'The content of entries is erased; what stays is listed',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    erasure_id: id(),
    by: principal,
    legal_basis: text(),
    positions: list(
      z.object({
        log: name(),
        index: count(),
        keys: list(anything()).optional(),
        fact_kinds: list(name()).optional(),
        times: list(time()).optional(),
      }),
      10_000,
    ),
  }),
  example: {
    erasure_id: 'era-1',
    by: { iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' },
    legal_basis: 'GDPR Art. 17(1)(b)',
    positions: [
      {
        log: 'default/onbehalf.events/0',
        index: 17,
        keys: [{ action_id: 'act-9' }],
        fact_kinds: ['action.requested'],
        times: ['2026-03-01T09:30:00Z'],
      },
    ],
  },
})

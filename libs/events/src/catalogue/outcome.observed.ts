import { z } from 'zod'
import { data, principal, resource } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { digestText, id, text } from '../text.ts'

export const outcomeObserved = defineEvent({
  type: 'outcome.observed',
  title: 'Outcome observed',
  doc: 'Somebody saw what an action did to the world',
  leg: 'outcome',
  schema: data({
    outcome_id: id(),
    observer: principal,
    observed_effect: z.enum(['occurred', 'did_not_occur', 'differs']),
    resource: resource.optional(),
    digest: digestText().describe('Of the RFC 8785 form of what was observed').optional(),
    text: text().optional(),
  }),
  example: {
    outcome_id: 'out-6',
    action_id: 'act-9',
    observer: { iss: 'https://ledger.example', sub: 'bookkeeping', kind: 'service' },
    observed_effect: 'occurred',
    resource: { type: 'order', id: '881', system: 'payments', environment: 'production' },
    digest: 'sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    text: '25.50 EUR booked back',
  },
})

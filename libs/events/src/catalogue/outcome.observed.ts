import { z } from 'zod'
import { data, principal, resource } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { digestText, id, list, text } from '../text.ts'

export const outcomeObserved = defineEvent({
  type: 'outcome.observed',
  title: 'Outcome observed',
  doc: 'Somebody saw what an action did to the world',
  leg: 'outcome',
  schema: data({
    outcome_id: id(),
    observer: principal,
    observed_effect: z.enum(['occurred', 'did_not_occur', 'differs']),
    actors: list(principal).describe('Who did it, as the observer saw it: the first = whose authority it began with, the last = who called').optional(),
    side_effect: z.enum(['none', 'read', 'write', 'irreversible']).optional(),
    resource: resource.optional(),
    digest: digestText().describe('Of the RFC 8785 form of what was observed').optional(),
    text: text().optional(),
  }),
  example: {
    outcome_id: 'out-6',
    action_id: 'act-9',
    observer: { iss: 'https://ledger.example', sub: 'bookkeeping', kind: 'service' },
    observed_effect: 'occurred',
    actors: [
      { iss: 'https://login.example', sub: 'anna', kind: 'user' },
      { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent' },
    ],
    side_effect: 'write',
    resource: { type: 'order', id: '881', system: 'payments', environment: 'production' },
    digest: 'sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    text: '25.50 EUR booked back',
  },
})

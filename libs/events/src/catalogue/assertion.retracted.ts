import { data, principal, range } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { list, name, text, time } from '../text.ts'

export const assertionRetracted = defineEvent({
  type: 'assertion.retracted',
  title: 'Assertion retracted',
  doc: 'Administrators strike through what a producer said: it stays, and counts for nothing',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    producer: name(),
    positions: list(range).optional(),
    received_from: time().optional(),
    received_to: time().optional(),
    reason: text(),
    by: principal,
  }),
  example: {
    producer: 'pdp-eu',
    positions: [{ log: 'default/onbehalf.events/0', from: 17, to: 40 }],
    received_from: '2026-03-01T09:00:00Z',
    received_to: '2026-03-01T10:00:00Z',
    reason: 'Wrong credential configured',
    by: { iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' },
  },
})

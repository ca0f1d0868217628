import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { anyObject, time } from '../text.ts'

export const configChanged = defineEvent({
  type: 'config.changed',
  title: 'Configuration changed',
  doc: 'The configuration of the tenant, from a stated time on',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    effective_from: time().describe('Since always if left out').optional(),
    config: anyObject().describe('The configuration document of the tenant'),
    by: principal.optional(),
  }),
  example: {
    effective_from: '2026-03-01T00:00:00Z',
    config: { producers: [{ id: 'pdp-eu', sources: ['urn:pdp:*'], legs: ['decision'] }], budgets: { skew_ms: 5000 } },
    by: { iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' },
  },
})

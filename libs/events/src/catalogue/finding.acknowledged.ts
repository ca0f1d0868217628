import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { foreignId, text, time } from '../text.ts'

export const findingAcknowledged = defineEvent({
  type: 'finding.acknowledged',
  title: 'Finding acknowledged',
  doc: 'Somebody has seen a finding, or accepts it until a date',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    finding_id: foreignId(),
    by: principal,
    accepted_until: time().optional(),
    reason: text().optional(),
  }),
  example: {
    finding_id: 'TIM-02|act-9',
    by: { iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' },
    accepted_until: '2026-06-01T00:00:00Z',
    reason: 'Known, the gateway is replaced in May',
  },
})

import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { text } from '../text.ts'

export const runDescribed = defineEvent({
  type: 'run.described',
  title: 'Run described',
  doc: 'What a span or log record that is no action says of the trace or session it stands in: who started it, which agent works, who handed over to it',
  leg: 'initiator',
  saidBy: 'mapping',
  schema: data({
    agent: principal.describe('Who acts').optional(),
    initiator: principal.describe('The root cause').optional(),
    subject: principal.describe('Whose authority is used').optional(),
    handed_over_by: principal.describe('The agent that delegated to it, as far as structure tells').optional(),
    purpose: text().optional(),
  }),
  example: {
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
    session_id: 'ses-31',
    agent: { iss: 'urn:otel:service:support', sub: 'Refund bot', kind: 'agent' },
    initiator: { sub: 'anna', kind: 'user' },
    subject: { sub: 'anna', kind: 'user' },
    handed_over_by: { iss: 'urn:otel:service:support', sub: 'Triage', kind: 'agent' },
    purpose: 'Customer asks for a refund',
  },
})

import { z } from 'zod'
import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { count, foreignId, id, list, name, time } from '../text.ts'

export const auditExported = defineEvent({
  type: 'audit.exported',
  title: 'Audit exported',
  doc: 'Evidence has left the house',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    export_id: id(),
    by: principal,
    from: time().optional(),
    to: time().optional(),
    as_of: time().optional(),
    sizes: z.record(name(), count()).describe('Size of each log in the bundle').optional(),
    ids: list(foreignId()).optional(),
  }),
  example: {
    export_id: 'exp-1',
    by: { iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' },
    from: '2026-02-01T00:00:00Z',
    to: '2026-03-01T00:00:00Z',
    as_of: '2026-03-02T00:00:00Z',
    sizes: { 'default/onbehalf.events/0': 41 },
    ids: ['act-9'],
  },
})

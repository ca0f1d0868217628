import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { foreignId, list, name } from '../text.ts'

export const auditRead = defineEvent({
  type: 'audit.read',
  title: 'Audit read',
  doc: 'Somebody has read what Onbehalf keeps',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    by: principal,
    route: name().describe('What was asked, without values'),
    ids: list(foreignId()).describe('The things that were read').optional(),
  }),
  example: {
    by: { iss: 'https://login.example', sub: 'ben', kind: 'user', name: 'Ben' },
    route: 'GET /v1/actions/:id',
    ids: ['act-9'],
  },
})

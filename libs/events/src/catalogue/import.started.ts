import { data } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { foreignId, id, list, name } from '../text.ts'

export const importStarted = defineEvent({
  type: 'import.started',
  title: 'Import started',
  doc: 'An import has begun: its sources count as offline until it ends',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    import_id: id(),
    producer: name(),
    sources: list(foreignId()).optional(),
  }),
  example: {
    import_id: 'imp-1',
    producer: 'site-north',
    sources: ['urn:site:north'],
  },
})

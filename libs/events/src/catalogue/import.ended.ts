import { data } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { count, id } from '../text.ts'

export const importEnded = defineEvent({
  type: 'import.ended',
  title: 'Import ended',
  doc: 'An import is complete',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    import_id: id(),
    lines: count(),
    refused: count(),
  }),
  example: {
    import_id: 'imp-1',
    lines: 1200,
    refused: 3,
  },
})

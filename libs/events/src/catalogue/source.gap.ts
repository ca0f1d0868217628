import { z } from 'zod'
import { data } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { count, name, text } from '../text.ts'

export const sourceGap = defineEvent({
  type: 'source.gap',
  title: 'Source gap',
  doc: 'A source says that it dropped events',
  leg: null,
  schema: data({
    from_sequence: name().optional(),
    to_sequence: name().optional(),
    dropped: count(),
    since_start: z.boolean().describe('`dropped` counts from the start of the source, and not from what it said before').optional(),
    reason: text().optional(),
  }),
  example: {
    from_sequence: '0000000041',
    to_sequence: '0000000045',
    dropped: 5,
    since_start: false,
    reason: 'Queue full',
  },
})

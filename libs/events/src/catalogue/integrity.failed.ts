import { data } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { count, name } from '../text.ts'

export const integrityFailed = defineEvent({
  type: 'integrity.failed',
  title: 'Integrity failed',
  doc: 'A proof, a signature or a root does not verify',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    log: name(),
    index: count().optional(),
    check: name().describe('Which check failed'),
  }),
  example: {
    log: 'default/onbehalf.events/0',
    index: 17,
    check: 'commitment',
  },
})

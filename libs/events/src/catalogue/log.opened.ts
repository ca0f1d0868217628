import { data } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { count, name } from '../text.ts'

export const logOpened = defineEvent({
  type: 'log.opened',
  title: 'Log opened',
  doc: 'A log of this tenant exists: none can be withheld',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    log: name(),
    topic: name().optional(),
    partition: count().optional(),
  }),
  example: {
    log: 'default/onbehalf.events/0',
    topic: 'onbehalf.events',
    partition: 0,
  },
})

import { z } from 'zod'
import { data } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { count, name, time } from '../text.ts'

export const clockTicked = defineEvent({
  type: 'clock.ticked',
  title: 'Clock ticked',
  doc: 'Everything sent before `at` has been received: the logs had these sizes then',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    at: time(),
    sizes: z.record(name(), count()).describe('Size of each data log of the tenant'),
  }),
  example: {
    at: '2026-03-01T09:30:00Z',
    sizes: { 'default/onbehalf.events/0': 41 },
  },
})

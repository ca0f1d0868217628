import { data } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { time } from '../text.ts'

export const sourceHeartbeat = defineEvent({
  type: 'source.heartbeat',
  title: 'Source heartbeat',
  doc: 'A source is alive, and every event of it before the watermark has been sent',
  leg: 'heartbeat',
  schema: data({
    watermark: time().describe('Every event of this source before it has been sent'),
    next_before: time().describe('When the next heartbeat comes at the latest').optional(),
    offline_since: time().optional(),
  }),
  example: {
    watermark: '2026-03-01T09:30:00Z',
    next_before: '2026-03-01T09:31:00Z',
    offline_since: '2026-03-01T09:29:30Z',
  },
})

import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

test('services of one process share what they declare alike', async () => {
  const metrics = createMetrics()
  metrics.counter('events_total', 'Events.', ['code']).inc({ code: 'a' })
  metrics.counter('events_total', 'Events.', ['code']).inc({ code: 'a' })
  metrics.gauge('queue_bytes', 'Bytes.', [], (gauge) => gauge.set(7))
  expect(await metrics.render()).toContain('onbehalf_events_total{code="a"} 2')
  expect(await metrics.render()).toContain('onbehalf_queue_bytes 7')
})

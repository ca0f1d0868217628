import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { silenceNegativeTimeouts } from './negative-timeouts.ts'

test('S19: only the negative timeout of kafkajs is left out of the warnings', async () => {
  silenceNegativeTimeouts()
  const warnings: string[] = []
  const listen = (warning: Error) => void warnings.push(warning.name)
  process.on('warning', listen)
  try {
    // The real thing: an idle request queue, which is not throttled.
    const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue')
    const quiet = { namespace: () => quiet, debug() {} }
    const queue = new RequestQueue({ requestTimeout: 1000, logger: quiet, isConnected: () => true })
    queue.scheduleCheckPendingRequests()
    await sleep(10)
    queue.destroy()
    expect(warnings).toEqual([])

    process.emitWarning('something else', 'OtherWarning')
    // As anybody else's would: Node itself says it once per process only.
    process.emitWarning('-5 is a negative number.', 'TimeoutNegativeWarning')
    await sleep(10)
    expect(warnings.toSorted()).toEqual(['OtherWarning', 'TimeoutNegativeWarning'])
  } finally {
    process.off('warning', listen)
  }
})

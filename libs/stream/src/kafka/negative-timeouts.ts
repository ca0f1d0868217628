let silenced = false

/**
 * kafkajs 2.2.4 asks for a timer in the past when it is not throttled (`scheduleCheckPendingRequests`, with
 * `throttledUntil` = -1), which Node 24 warns about, once, and then does as meant. Only that warning is left out.
 */
export function silenceNegativeTimeouts(): void {
  if (silenced) return
  silenced = true
  const emitWarning = process.emitWarning
  process.emitWarning = function (this: unknown, warning: string | Error, ...rest: unknown[]) {
    const isNegativeTimeout = rest[0] === 'TimeoutNegativeWarning'
    if (isNegativeTimeout && /kafkajs.src.network.requestQueue/.test(new Error().stack ?? '')) return
    Reflect.apply(emitWarning, process, [warning, ...rest])
  } as typeof process.emitWarning
}

import { diag } from '@opentelemetry/api'

/** Does something that is only telemetry: whatever goes wrong in it is told to `diag` and never reaches the program. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    try {
      diag.error('onbehalf: telemetry failed', error)
    } catch {
      // A logger that throws has nobody to tell.
    }
    return undefined
  }
}

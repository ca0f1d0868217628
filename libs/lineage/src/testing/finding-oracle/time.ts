import { timeOf } from '@onbehalf/events'

/** Since epoch, of a time that a reader has let in. */
export function ms(time: string): number {
  return timeOf(time)!.timeMs
}

import { context, createContextKey, propagation, type Context } from '@opentelemetry/api'
import { lineageFrom, membersOf } from './baggage.ts'
import type { Principal } from './principal.ts'

/**
 * On whose behalf the code that runs now acts. What came in with a request is what its caller **asserts**: good for
 * telling the story, never for deciding what somebody may do.
 */
export interface Lineage {
  readonly sessionId?: string
  /** The root cause. */
  readonly initiator?: Principal
  /** Whose authority is used. */
  readonly subject?: Principal
  /** The authority under which one acts. */
  readonly delegationId?: string
  /** The action within which one is. */
  readonly actionId?: string
  readonly purpose?: string
}

/** How much of it leaves the program. */
export interface Travel {
  /** Let ids that look like e-mail addresses travel to other programs. Off: an initiator or subject with such an id stays here. */
  emails?: boolean | undefined
  /**
   * Write the lineage into OpenTelemetry's own baggage as well, so that automatic instrumentation of HTTP clients sends it
   * without `headers()`. It then goes out with **every** instrumented request, to strangers too. Off by default.
   */
  ambient?: boolean | undefined
}

interface Entered {
  lineage: Lineage
  travel: Travel
}

const key = createContextKey('onbehalf.lineage')

/** Of the code that runs now: what it has entered, else what automatic instrumentation has taken from a request. */
export function current(): Lineage {
  return lineageIn(context.active())
}

export function lineageIn(from: Context): Lineage {
  return enteredIn(from)?.lineage ?? lineageFrom((name) => propagation.getBaggage(from)?.getEntry(name)?.value)
}

export function travelIn(from: Context): Travel {
  return enteredIn(from)?.travel ?? {}
}

export function enter(from: Context, lineage: Lineage, travel: Travel): Context {
  const entered: Entered = { lineage, travel }
  const inside = from.setValue(key, entered)
  if (travel.ambient !== true) return inside
  let baggage = propagation.getBaggage(from) ?? propagation.createBaggage()
  for (const [name] of baggage.getAllEntries()) if (name.startsWith('onbehalf.')) baggage = baggage.removeEntry(name)
  for (const [name, value] of membersOf(lineage, travel)) baggage = baggage.setEntry(name, { value })
  return propagation.setBaggage(inside, baggage)
}

function enteredIn(from: Context): Entered | undefined {
  return from.getValue(key) as Entered | undefined
}

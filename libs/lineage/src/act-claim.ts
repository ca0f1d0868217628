import { principalOf, type Principal } from '@onbehalf/events'

/**
 * The actors of an `act` claim as it came, the current one first, then prior ones, the most recent first (RFC 8693 section
 * 4.1). Null: an actor that has no usable name. `client_id` and `may_act` say nothing of who acts.
 */
export function actorsOf(claim: unknown, producer: string): (Principal | null)[] {
  const actors: (Principal | null)[] = []
  for (let at = claim; isObject(at) && actors.length < actors_max; at = at['act']) actors.push(actorOf(at, producer))
  return actors
}

/** As many as the schema of `act` lets pass. */
const actors_max = 64

function actorOf({ iss, sub }: Record<string, unknown>, producer: string): Principal | null {
  if (!isName(sub) || (iss !== undefined && !isName(iss))) return null
  return principalOf({ ...(iss !== undefined && { iss }), sub, kind: 'unknown' }, producer)
}

/** Nothing has looked into the claim: what the schema asks of principals is asked here, because names become keys. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[^\u0000-\u001f\u007f-\u009f]{1,1024}$/.test(value) && value.isWellFormed()
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import type { Principal } from '@onbehalf/events'
import { principalText } from './key.ts'
import { isNamedDenial } from './resolve.ts'
import { counting } from './story.ts'
import type { View } from './view.ts'

/** The agent that acts, or wanted to; null where nobody says so whose word counts. */
export function actingAgent({ roles: { actor }, request, story }: View): Principal | null {
  const said = request ? counting([request], 'execution', story) : counting(story.decisions.filter((b) => isNamedDenial(b.fact)), 'decision', story)
  return said.length > 0 ? actor.principal : null
}

/** For rules whose finding is the acting agent's, however many actions show it. */
export function byAgent({ roles }: View): string {
  return principalText(roles.actor.principal!)
}

import type { LegName } from './document.ts'

/** What an action touches, as far as registrations can be limited to it. */
export interface About {
  agent: { iss?: string; sub: string } | null
  system: string | null
}

/**
 * Who owns which leg, as the configuration entries of the tenant say. Registration decides ownership, never the event:
 * what an owner says is `observed`, what anybody else says is `asserted`, and where a leg has no owner, silence means
 * nothing (`not_covered`).
 */
export interface Registry {
  owners(leg: LegName, about: About): readonly string[]
}

/** With nothing registered, the producer `default` owns execution and nothing else. */
export const nobodyRegistered: Registry = {
  owners: (leg) => (leg === 'execution' ? ['default'] : []),
}

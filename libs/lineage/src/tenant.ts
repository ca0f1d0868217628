import type { Fact } from './fact.ts'
import { Horizon } from './horizon.ts'
import type { Lookup } from './known.ts'
import { retractionsOf, type Retractions } from './retraction.ts'
import { SettingsHistory } from './settings.ts'

/** What holds for everything that is derived for one tenant. All of it is said by entries. */
export interface Tenant {
  settings: SettingsHistory
  retractions: Retractions
  horizon: Horizon
}

export function tenantOf(known: Lookup): Tenant {
  return {
    settings: settingsOf(known.facts.get('tenant:config') ?? none),
    retractions: retractionsOf(known),
    horizon: new Horizon(known),
  }
}

const none: readonly Fact[] = []
const settingsOf = remembered((facts) => new SettingsHistory(facts))

/** Lists of facts are never changed in place, so what was made of one can be kept as long as it is. */
function remembered<Made>(make: (facts: readonly Fact[]) => Made): (facts: readonly Fact[]) => Made {
  const made = new WeakMap<readonly Fact[], Made>()
  return (facts) => {
    const known = made.get(facts)
    if (known !== undefined) return known
    const fresh = make(facts)
    made.set(facts, fresh)
    return fresh
  }
}

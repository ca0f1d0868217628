import { Horizon } from './horizon.ts'
import type { Lookup } from './known.ts'
import { remembered } from './remembered.ts'
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
    settings: settingsOf(known.facts.get('tenant:config')),
    retractions: retractionsOf(known),
    horizon: new Horizon(known),
  }
}

const settingsOf = remembered((facts) => new SettingsHistory(facts))

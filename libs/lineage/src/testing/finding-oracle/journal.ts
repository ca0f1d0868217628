import { readTenantConfig, type TenantConfig } from '@onbehalf/events'
import type { Fact } from '../../index.ts'
import type { Group } from '../oracle.ts'

/** Everything that a tenant has been told. */
export interface Journal {
  /** Each that counts once, in the order of the story; with who has said it. */
  facts: Fact[]
  saidBy: Map<Fact, string[]>
  struck: Set<Fact>
  groups: Group[]
  idOf(group: Group): string
  configs: { fromMs: number; config: TenantConfig }[]
  horizonMs: number
}

export function configAt(timeMs: number, { configs }: Journal): TenantConfig {
  return configs.findLast(({ fromMs }) => fromMs <= timeMs)?.config ?? readTenantConfig({})
}

export const lastConfig = ({ configs }: Journal) => configs.at(-1)?.config ?? readTenantConfig({})

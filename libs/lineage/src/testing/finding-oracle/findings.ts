import type { Fact } from '../../index.ts'
import { actOf } from './action.ts'
import { judge, type Found } from './judgement.ts'
import { legsOf } from './legs.ts'
import { readJournal } from './reading.ts'
import { onAction } from './rules/action.ts'
import { onAgents } from './rules/agt-dormant.ts'
import { onSources } from './rules/int-source.ts'
import { onEffects } from './rules/out-effect.ts'
import { onDelegations } from './rules/rat-delegation.ts'
import { onGrants } from './rules/tim-grant.ts'

export type { Found } from './judgement.ts'

/**
 * The findings of a journal, computed the slow way from the table of design/lineage.md: everything at once, no index, no
 * memory, every question answered by going through all facts. It shares only types with the library, and resolution with the
 * other oracle. Where the page is silent it takes the reading of the rule's own text and table, and says so (`Reading:`).
 *
 * Not told here: INT-05 and INT-06 (they rest on receipt, and are no meaning), DEC-10 and CHN-10 (a page each, see their
 * tables).
 */
export interface Meant {
  findings: Found[]
  /** The evidence of each leg, by action. */
  legs: Record<string, Record<string, string>>
}

export const untold = ['INT-05', 'INT-06', 'DEC-10', 'CHN-10']

/** Everything that some facts mean to the rules. @param raw every entry, copies too */
export function findAll(raw: readonly Fact[]): Meant {
  const journal = readJournal(raw)
  const acts = journal.groups.map((group) => actOf(group, journal))
  const found = [
    ...acts.flatMap((act) => onAction(act, acts, journal).flatMap((violation) => judge(violation, act, journal))),
    ...onDelegations(acts, journal), ...onGrants(journal), ...onAgents(acts, journal), ...onSources(raw, journal), ...onEffects(acts, journal),
  ]
  return { findings: found, legs: Object.fromEntries(acts.map((act) => [act.id, legsOf(act, journal)])) }
}

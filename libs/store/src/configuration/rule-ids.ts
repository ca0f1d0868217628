import { allRules } from '@onbehalf/lineage'

/** What a configuration document may switch: the rules of the catalogue. */
export const ruleIds: readonly string[] = [...allRules.keys()]

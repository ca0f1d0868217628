import { principalOf } from '@onbehalf/events'
import { revokedAuthority } from '../authority.ts'
import { runOf } from '../run.ts'
import { dataOf, entriesOf } from '../story.ts'
import { nameOf } from '../summary.ts'
import { actionRule } from './rule.ts'

export const afterRevocation = actionRule({
  id: 'TIM-02',
  version: 1,
  severity: 'critical',
  title: 'Started after revocation',
  doc: 'The delegation, one above it, or the credential was revoked, there was time enough for everybody to hear of it, '
    + 'and the action was started all the same.',
  resolvedBy: 'Nothing that comes later, unless an earlier start of the action arrives or the revocation is retracted.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3', 'AC-3(8)'] },
  check(view) {
    const ran = runOf(view.story)
    if (ran.length === 0) return null
    const { revocation_propagation_ms, skew_ms } = view.story.settings.budgets
    for (const fact of revokedAuthority(view)) {
      if (view.startMs <= fact.timeMs + revocation_propagation_ms + skew_ms) continue
      const what = fact.type === 'credential.revoked' ? `credential ${fact.data.credential_id}`
        : `delegation ${dataOf<'delegation.revoked'>(fact).delegation_id}`
      const by = fact.type === 'delegation.revoked' && fact.data.by ? ` by ${nameOf(principalOf(fact.data.by, fact.producer))}` : ''
      return {
        explanation: `It started at ${ran[0]!.fact.time}; ${what} had been revoked${by} at ${fact.time}, `
          + `and ${revocation_propagation_ms / 1_000} s are allowed until everybody knows.`,
        entries: [fact.entry, ...entriesOf(ran)],
      }
    }
    return null
  },
})

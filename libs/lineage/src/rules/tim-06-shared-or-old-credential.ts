import { actingAgent } from '../acting.ts'
import { credentialsOf } from '../authority.ts'
import { principalFromText } from '../key.ts'
import { runOf } from '../run.ts'
import { entriesOf } from '../story.ts'
import { nameOf } from '../summary.ts'
import type { View } from '../view.ts'
import { actionRule } from './rule.ts'

export const sharedOrOldCredential = actionRule({
  id: 'TIM-06',
  version: 1,
  severity: 'medium',
  title: 'A shared or old credential',
  doc: 'Several agents use one credential, so that what it did is nobody\'s; '
    + 'or it is older than allowed, so that whoever has got hold of it has it still.',
  resolvedBy: 'Evidence that the agents are one (`principal.linked`), or that the credential was issued later.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: ['NHI7:2025', 'NHI9:2025'], nist: ['AC-2(9)', 'IA-5'] },
  check(view) {
    for (const id of credentialsOf(view)) {
      const found = sharedWith(id, view) ?? old(id, view)
      if (found) return { explanation: `Credential ${id} ${found.how}.`, entries: [...entriesOf(view.story.requests), ...found.entries] }
    }
    return null
  },
})

function sharedWith(id: string, view: View) {
  const { context, identities } = view
  const agent = actingAgent(view)
  const users = context.usersOf(id).map((key) => principalFromText(key.slice('agent:'.length), 'agent'))
  const other = users.find((each) => each && agent && identities.compare(each, agent) === 'different')
  return other && agent ? { how: `is used by ${nameOf(agent)} and by ${nameOf(other)}`, entries: [] } : null
}

function old(id: string, { story, startMs, context }: View) {
  const { credential_age_max_ms: max, skew_ms } = story.settings.budgets
  const issued = context.credential(id).find((fact) => fact.type === 'credential.issued')
  const ran = runOf(story)
  if (max === null || !issued || ran.length === 0 || startMs <= issued.timeMs + max + skew_ms) return null
  return {
    how: `was issued at ${issued.time} and used at ${ran[0]!.fact.time}, and may be no older than ${max} ms`,
    entries: [issued.entry, ...entriesOf(ran)],
  }
}

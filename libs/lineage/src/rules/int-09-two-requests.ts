import { principalOf } from '@onbehalf/events'
import type { Identities } from '../identity.ts'
import { isStandIn } from '../inherited.ts'
import { principalText, rankOf, ranks } from '../key.ts'
import type { Bound } from '../resolve.ts'
import { certain, counting, dataOf, entriesOf } from '../story.ts'
import { nameOf } from '../summary.ts'
import { actionRule } from './rule.ts'

export const twoRequests = actionRule({
  id: 'INT-09',
  version: 1,
  severity: 'high',
  title: 'One action id, two requests',
  doc: 'Two requests have one action id and differ in who wants to act or in what: what is said of that id may be of either.',
  resolvedBy: 'A retraction of one of them, or the link between two identities of one agent.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: [], nhi: [], nist: ['AU-3', 'AU-10'] },
  check({ story, identities }) {
    const named = story.requests.filter((b) => rankOf(b.fact.keys.filed) === ranks.action)
    const requests = [...new Map(counting(certain(named), 'execution', story).map((b) => [whatOf(b), b])).values()]
    for (const one of requests) {
      const other = requests.find((b) => operationOf(b) !== operationOf(one) || isOther(one, b, identities))
      if (!other) continue
      return {
        explanation: `${nameOf(agentOf(one))} asked for ${operationOf(one)} at ${one.fact.time} and ${nameOf(agentOf(other))} for ${operationOf(other)} at ${other.fact.time}, both as ${dataOf<'action.requested'>(one.fact).action_id}.`,
        entries: entriesOf([one, other]),
      }
    }
    return null
  },
})

/** Where only the service is named that an agent runs in, it may be that agent. */
function isOther(one: Bound, other: Bound, identities: Identities): boolean {
  return !isStandIn(agentOf(one)) && !isStandIn(agentOf(other)) && identities.compare(agentOf(one), agentOf(other)) === 'different'
}

function agentOf({ fact }: Bound) {
  return principalOf(dataOf<'action.requested'>(fact).agent, fact.producer)
}

function operationOf({ fact }: Bound): string {
  return dataOf<'action.requested'>(fact).operation
}

function whatOf(b: Bound): string {
  return `${principalText(agentOf(b))} ${operationOf(b)}`
}

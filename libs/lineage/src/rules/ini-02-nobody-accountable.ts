import { deadlineOf } from '../absence.ts'
import { answering, startsItself } from '../accountable.ts'
import { listing } from '../listing.ts'
import { nameOf } from '../summary.ts'
import { actionRule } from './rule.ts'

export const nobodyAccountable = actionRule({
  id: 'INI-02',
  version: 1,
  severity: 'medium',
  title: 'Nobody answers for it',
  doc: 'A schedule, or an agent on its own, set this off, and the inventory names no sponsor or owner for it who is still there.',
  resolvedBy: 'An entry of the inventory from before the action, told late, that names somebody who is there.',
  armedBy: { leg: 'inventory' },
  needsHorizon: true,
  mapping: { asi: [], nhi: ['NHI1:2025'], nist: ['AC-2', 'CM-8(4)'] },
  check(view) {
    const { legs, roles: { initiator, actor }, identities, story, moment } = view
    if (legs.initiator.evidence !== 'observed' && legs.initiator.evidence !== 'asserted') return null
    const { principal, accountable } = initiator
    const isActor = principal?.kind === 'agent' && actor.principal !== null && identities.compare(principal, actor.principal) === 'same'
    if (accountable !== null || !(isActor || startsItself(initiator, view))) return null
    const who = principal ? nameOf(principal) : 'A schedule that is not named'
    const gone = answering(initiator, view).map(nameOf)
    return {
      explanation: gone.length > 0
        ? `${who} set this off at ${moment.time}, and who should answer for it is gone: ${listing(gone)}.`
        : `${who} set this off at ${moment.time}, and the inventory names neither a sponsor nor an owner.`,
      entries: initiator.entries,
      absent: { leg: 'inventory', deadlineMs: deadlineOf('inventory', story) },
    }
  },
})

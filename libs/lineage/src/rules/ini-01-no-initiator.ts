import { deadlineOf } from '../absence.ts'
import { nameOf } from '../summary.ts'
import { actionRule } from './rule.ts'

export const noInitiator = actionRule({
  id: 'INI-01',
  version: 1,
  severity: 'medium',
  title: 'No initiator',
  doc: 'Nobody whose word counts has said who set this off: no person or system, no schedule, and no agent that acts on its own.',
  resolvedBy: 'The initiator, told late by who is registered for it.',
  armedBy: { leg: 'initiator' },
  needsHorizon: true,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AU-3', 'AU-10'] },
  check({ legs, roles: { initiator }, moment, story }) {
    if (legs.initiator.evidence !== 'missing') return null
    return {
      explanation: initiator.principal
        ? `${nameOf(initiator.principal)} is said to have set this off, but not by a source that is registered for initiators.`
        : `Nobody has said who set off what was asked for at ${moment.time}.`,
      entries: [moment.entry, ...initiator.entries.filter((entry) => entry !== moment.entry)],
      absent: { leg: 'initiator', deadlineMs: deadlineOf('initiator', story) },
    }
  },
})

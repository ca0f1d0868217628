import { z } from 'zod'
import { data, position } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { count, foreignId, list, name } from '../text.ts'

export const findingRaised = defineEvent({
  type: 'finding.raised',
  title: 'Finding raised',
  doc: 'A rule fires',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    finding_id: foreignId(),
    rule: name(),
    rule_version: count(),
    severity: z.enum(['critical', 'high', 'medium', 'info']),
    provisional: z.boolean(),
    entries: list(position).describe('What it rests on'),
    cause: name().describe('`fold_changed` where a new version of the rules found it').optional(),
  }),
  example: {
    finding_id: 'TIM-02|act-9',
    action_id: 'act-9',
    rule: 'TIM-02',
    rule_version: 1,
    severity: 'critical',
    provisional: false,
    entries: [{ log: 'default/onbehalf.events/0', index: 12 }],
    cause: 'fold_changed',
  },
})

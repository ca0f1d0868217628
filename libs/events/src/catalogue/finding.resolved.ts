import { data } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { foreignId, name } from '../text.ts'

export const findingResolved = defineEvent({
  type: 'finding.resolved',
  title: 'Finding resolved',
  doc: 'A finding no longer holds',
  leg: null,
  saidBy: 'onbehalf',
  schema: data({
    finding_id: foreignId(),
    rule: name(),
    cause: name().describe('Such as `late_evidence` or `fold_changed`'),
  }),
  example: {
    finding_id: 'DEC-02|act-9',
    action_id: 'act-9',
    rule: 'DEC-02',
    cause: 'late_evidence',
  },
})

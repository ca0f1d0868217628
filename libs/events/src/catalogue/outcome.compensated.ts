import { data } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { id } from '../text.ts'

export const outcomeCompensated = defineEvent({
  type: 'outcome.compensated',
  title: 'Outcome compensated',
  doc: 'What an action did was undone by another',
  leg: 'outcome',
  schema: data({
    by_action_id: id().describe('The action that undid it; `action_id` names the one that was undone'),
  }),
  example: {
    action_id: 'act-9',
    by_action_id: 'act-10',
  },
})

import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { list, text } from '../text.ts'

export const principalUnlinked = defineEvent({
  type: 'principal.unlinked',
  title: 'Principals unlinked',
  doc: 'Identities that were linked are not the same after all',
  leg: 'inventory',
  schema: data({
    principals: list(principal).min(2).describe('The identities of one person or agent'),
    basis: text().describe('How this is known'),
  }),
  example: {
    principals: [
      { iss: 'https://login.example', sub: 'anna', kind: 'user' },
      { iss: 'https://chat.example', sub: 'U024BE7LH', kind: 'user' },
    ],
    basis: 'hr-directory',
  },
})

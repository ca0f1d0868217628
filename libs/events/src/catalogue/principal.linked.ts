import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { list, text } from '../text.ts'

export const principalLinked = defineEvent({
  type: 'principal.linked',
  title: 'Principals linked',
  doc: 'Several identities are one person or agent',
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

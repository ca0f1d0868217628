import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { name } from '../text.ts'

export const principalDescribed = defineEvent({
  type: 'principal.described',
  title: 'Principal described',
  doc: 'The name and e-mail of a principal: the only place for personal data, erasable alone',
  leg: 'inventory',
  schema: data({
    principal,
    name: name().optional(),
    email: name().optional(),
  }),
  example: {
    principal: { iss: 'https://login.example', sub: 'anna', kind: 'user' },
    name: 'Anna Example',
    email: 'anna@example.com',
  },
})

import { data, principal } from '../blocks.ts'
import { defineEvent } from '../event-type.ts'
import { foreignId, id, name, time } from '../text.ts'

export const credentialIssued = defineEvent({
  type: 'credential.issued',
  title: 'Credential issued',
  doc: 'A credential exists and who holds it',
  leg: 'grants',
  schema: data({
    credential_id: foreignId().describe('A digest of the credential, never the secret'),
    holder: principal,
    kind: name(),
    grant_id: id().optional(),
    environment: name().optional(),
    not_before: time().optional(),
    expires_at: time().optional(),
  }),
  example: {
    credential_id: 'sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    holder: { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent' },
    kind: 'api_key',
    grant_id: 'gra-5',
    environment: 'production',
    not_before: '2026-03-01T09:29:00Z',
    expires_at: '2026-03-01T10:29:00Z',
  },
})

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
    parent_credential_id: foreignId().describe('A digest of the credential that it was asked for with').optional(),
    grant_id: id().optional(),
    environment: name().optional(),
    not_before: time().optional(),
    expires_at: time().optional(),
  }),
  example: {
    credential_id: 'sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    holder: { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent' },
    kind: 'api_key',
    parent_credential_id: 'sha-256:0b918943df0962bc7a1824c0555a389347b4febdc7cf9d1254406d80ce44e3f9',
    grant_id: 'gra-5',
    environment: 'production',
    not_before: '2026-03-01T09:29:00Z',
    expires_at: '2026-03-01T10:29:00Z',
  },
})

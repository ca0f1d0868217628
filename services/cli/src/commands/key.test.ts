import { expect, test } from 'vitest'
import { runCli } from '../cli.ts'
import { keyLine, madeKeyPage, type Key } from '../key-page/key-page.ts'
import { createTerminal } from '../terminal/terminal.ts'
import { commands } from './index.ts'

async function typed(...argv: string[]) {
  const written = { out: '', err: '' }
  const terminal = createTerminal({ out: { write: (text) => (written.out += text) }, err: { write: (text) => (written.err += text) }, env: {} })
  const code = await runCli(argv, { commands, env: { ONBEHALF_DATA_DIR: '/nowhere/at/all' }, terminal })
  return { code, out: written.out, err: written.err.replaceAll(/\s+/g, ' ') }
}

const secret = 'A'.repeat(43)

test.each([
  [['key'], 'key needs <create|list|revoke>.'],
  [['key', 'creat'], 'Did you mean create?'],
  [['key', 'create'], 'key create needs --producer <id>, or --role <roles>'],
  [['key', 'create', 'x', '--producer', 'pdp'], 'key create takes no prefix; there is also "x".'],
  [['key', 'create', '--role', 'auditr'], 'Did you mean auditor?'],
  [['key', 'create', '--role', ','], '--role must be of producer, responder, auditor, admin.'],
  [['key', 'create', '--role', 'auditor', '--producer', 'pdp'], '--producer goes with the role producer alone.'],
  [['key', 'create', '--role', 'producer,admin', '--producer', 'pdp'], 'A key of role producer does nothing else'],
  [['key', 'create', '--producer', 'pdp', '--expires', '30d', '--no-expiry'], 'Either --expires or --no-expiry.'],
  [['key', 'create', '--producer', 'pdp', '--expires', 'soon'], '--expires must be a time such as'],
  [['key', 'create', '--producer', 'pdp', '--expires', '2020-01-01'], '--expires must be a time to come'],
  [['key', 'list', '--producer', 'pdp'], 'key list takes no --producer.'],
  [['key', 'revoke'], 'key revoke needs a <prefix>'],
  [['key', 'revoke', 'pdp'], 'is no prefix of a key'],
  [['key', 'revoke', 'obk_k3v7q2ma', '--no-expiry'], 'key revoke takes no --no-expiry.'],
])('%j is refused before a server is asked', async (argv, message) => {
  const { code, err } = await typed(...argv)
  expect(err).toContain(message)
  expect(code).toBe(2)
})

test.each([['create', '--producer', 'pdp'], ['list'], ['revoke', 'obk_k3v7q2ma'], ['revoke', `obk_k3v7q2ma_${secret}`]])('without a server it says so, and no secret: key %s', async (...argv) => {
  const { code, out, err } = await typed('key', ...argv)
  expect({ code, out }).toEqual({ code: 3, out: '' })
  expect(err).toContain('Nothing runs on')
  expect(err).not.toContain(secret)
})

const made: Key = {
  prefix: 'obk_k3v7q2ma', tenant: 'default', roles: ['producer'], producer: 'pdp-eu', name: 'the\u001b[31m "first"', status: 'active', created_at: '2026-11-24T09:00:00.000000Z', created_by: 'bootstrap',
  expires_at: '2027-02-22T09:00:00.000000Z', revoked_at: null, last_used_at: null,
}

test('a key is one line: whose it is, how long, whether it is used; a name cannot write on the terminal', () => {
  expect(keyLine(made)).toBe('obk_k3v7q2ma · producer pdp-eu · "the\\u001b[31m \\"first\\"" · until 2027-02-22 09:00:00 · made 2026-11-24 09:00:00 · not used yet')
  expect(keyLine({ ...made, name: null, roles: ['auditor', 'responder'], producer: null, expires_at: null, last_used_at: '2026-11-24T10:00:00Z' }))
    .toBe('obk_k3v7q2ma · auditor, responder · without end · made 2026-11-24 09:00:00 · last used 2026-11-24 10:00:00')
  expect(keyLine({ ...made, status: 'expired' })).toContain('expired 2027-02-22')
  expect(keyLine({ ...made, status: 'revoked', revoked_at: '2026-11-25T00:00:00Z' })).toContain('revoked 2026-11-25')
})

test('what is said of a new key does not hold the key', () => {
  const page = madeKeyPage({ ...made, key: `obk_k3v7q2ma_${secret}` }, 80).join('\n')
  expect(page).toContain('shown this once')
  expect(page).not.toContain(secret)
})

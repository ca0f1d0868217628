import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadConfig } from './config.ts'
import { kafkaConnection } from './kafka-connection.ts'

const dir = mkdtempSync(join(tmpdir(), 'onbehalf-kafka-connection-'))
afterAll(() => rmSync(dir, { recursive: true }))
const file = (name: string, content: string): string => {
  writeFileSync(join(dir, name), content)
  return join(dir, name)
}
const connect = (env: Record<string, string>) => kafkaConnection(loadConfig({ ONBEHALF_KAFKA_BROKERS: 'k:9092', ...env }).kafka!)

test('brokers alone', () => {
  expect(connect({})).toEqual({ brokers: ['k:9092'] })
})

test('certificates are read from their files', () => {
  expect(connect({ ONBEHALF_KAFKA_TLS_CA_FILE: file('ca.pem', 'CA') }).tls).toEqual({ ca: 'CA' })
  expect(connect({ ONBEHALF_KAFKA_TLS_ENABLED: 'true' }).tls).toEqual({})
})

test('a token is read anew every time', async () => {
  const path = file('token', 'first\n')
  const { sasl } = connect({ ONBEHALF_KAFKA_SASL_MECHANISM: 'oauthbearer', ONBEHALF_KAFKA_SASL_TOKEN_FILE: path })
  if (sasl === undefined || !('token' in sasl)) throw new Error('no token')
  expect(await sasl.token()).toBe('first')
  file('token', 'second')
  expect(await sasl.token()).toBe('second')
})

test('client credentials', () => {
  expect(connect({
    ONBEHALF_KAFKA_SASL_MECHANISM: 'oauthbearer',
    ONBEHALF_KAFKA_SASL_TOKEN_URL: 'https://login.example/token',
    ONBEHALF_KAFKA_SASL_CLIENT_ID: 'id',
    ONBEHALF_KAFKA_SASL_CLIENT_SECRET: 'secret',
  }).sasl).toEqual({ mechanism: 'oauthbearer', tokenUrl: 'https://login.example/token', clientId: 'id', clientSecret: 'secret' })
})

test('a file that cannot be read is an error with its variable', () => {
  expect(() => connect({ ONBEHALF_KAFKA_TLS_CA_FILE: join(dir, 'none') })).toThrow(expect.objectContaining({
    code: 'config_invalid', message: expect.stringMatching(/^ONBEHALF_KAFKA_TLS_CA_FILE: .*ENOENT/),
  }))
})

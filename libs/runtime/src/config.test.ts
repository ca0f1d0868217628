import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeConfig, loadConfig, redactUrl, settings } from './config.ts'
import { OnbehalfError } from './errors.ts'

const problemOf = (env: Record<string, string>): string => {
  try {
    loadConfig(env)
  } catch (error) {
    expect(error).toBeInstanceOf(OnbehalfError)
    expect((error as OnbehalfError).code).toBe('config_invalid')
    expect((error as OnbehalfError).exitCode).toBe(2)
    return (error as OnbehalfError).message
  }
  throw new Error('the configuration was accepted')
}

describe('defaults', () => {
  test('an empty environment is the one-process mode on loopback', () => {
    const config = loadConfig({ PATH: '/bin' })
    expect(config).toMatchObject({ dataDir: '.onbehalf', host: '127.0.0.1', postgresUrl: null, kafka: null, logLevel: 'info', redacted: {} })
    expect(config.apiPort).toEqual({ port: 4700, asked: false, variable: 'ONBEHALF_API_PORT' })
    expect(config.otlpHttpPort.port).toBe(4318)
    expect(config.otlpGrpcPort.port).toBe(4317)
  })

  test('a port that is set is asked for, even if it is the default one', () => {
    expect(loadConfig({ ONBEHALF_API_PORT: '4700' }).apiPort).toEqual({ port: 4700, asked: true, variable: 'ONBEHALF_API_PORT' })
  })

  test('an empty variable counts as unset', () => {
    expect(loadConfig({ ONBEHALF_POSTGRES_URL: '', ONBEHALF_API_PORT: '' }).apiPort.asked).toBe(false)
  })

  test('variables of tests pass unread', () => {
    expect(() => loadConfig({ ONBEHALF_TEST_POSTGRES_URL: 'anything' })).not.toThrow()
  })
})

describe('mistakes', () => {
  test('an unknown variable is named with the nearest known one', () => {
    expect(problemOf({ ONBEHALF_API_PROT: '1' })).toBe('ONBEHALF_API_PROT is not a variable of Onbehalf; did you mean ONBEHALF_API_PORT?')
    expect(problemOf({ ONBEHALF_KAFKA_BROKER: 'a:1' })).toContain('did you mean ONBEHALF_KAFKA_BROKERS?')
    expect(problemOf({ ONBEHALF_SOMETHING_ELSE_ENTIRELY_DIFFERENT: '1' })).not.toContain('did you mean')
  })

  test.each([
    ['ONBEHALF_API_PORT', '70000', 'must be a port number from 0 to 65535 (0: any free one), not "70000"'],
    ['ONBEHALF_API_PORT', '47 00', 'must be a port number'],
    ['ONBEHALF_HOST', 'not a host', 'must be an IP address or a host name, not "not a host"'],
    ['ONBEHALF_LOG_LEVEL', 'verbose', 'must be one of trace, debug, info, warn, error, fatal, silent, not "verbose"'],
    ['ONBEHALF_KAFKA_BROKERS', 'localhost', 'must be one or more host:port with commas between, not "localhost"'],
    ['ONBEHALF_KAFKA_BROKERS', 'a:1,b:99999', 'must be one or more host:port'],
    ['ONBEHALF_URL', 'localhost:4700', 'must be an http:// or https:// URL'],
  ])('%s=%s names variable, rule and value', (variable, value, expected) => {
    expect(problemOf({ [variable]: value })).toContain(`${variable} ${expected}`)
  })

  test('every mistake is told at once', () => {
    const message = problemOf({ ONBEHALF_API_PORT: 'x', ONBEHALF_LOG_FORMAT: 'y', ONBEHALF_HOTS: 'z' })
    expect(message.split('\n')).toHaveLength(3)
  })

  test('secrets are never shown, neither when they are wrong nor when they are right', () => {
    const wrong = problemOf({ ONBEHALF_BOOTSTRAP_TOKEN: 'geheim', ONBEHALF_POSTGRES_URL: 'mysql://root:geheim@db/x' })
    expect(wrong).not.toContain('geheim')
    const { redacted } = loadConfig({
      ONBEHALF_BOOTSTRAP_TOKEN: 'geheim-geheim-geheim',
      ONBEHALF_POSTGRES_URL: 'postgres://alice:geheim@db:5432/x?sslpassword=geheim',
      ONBEHALF_KAFKA_BROKERS: 'k:9092',
      ONBEHALF_KAFKA_SASL_MECHANISM: 'plain',
      ONBEHALF_KAFKA_SASL_USERNAME: 'alice',
      ONBEHALF_KAFKA_SASL_PASSWORD: 'geheim',
    })
    expect(JSON.stringify(redacted)).not.toContain('geheim')
    expect(redacted.ONBEHALF_POSTGRES_URL).toBe('postgres://alice:[redacted]@db:5432/x?sslpassword=[redacted]')
    expect(redactUrl('no url')).toBe('[redacted]')
  })
})

describe('Kafka', () => {
  const brokers = { ONBEHALF_KAFKA_BROKERS: 'kafka-1:9092, [::1]:9093' }

  test('brokers alone', () => {
    expect(loadConfig(brokers).kafka).toEqual({
      brokers: ['kafka-1:9092', '[::1]:9093'], sasl: null, tls: null, topics: ['onbehalf.gateway', 'onbehalf.events'],
    })
  })

  test('SASL and TLS', () => {
    const { kafka } = loadConfig({
      ...brokers,
      ONBEHALF_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      ONBEHALF_KAFKA_SASL_USERNAME: 'alice',
      ONBEHALF_KAFKA_SASL_PASSWORD: 'p',
      ONBEHALF_KAFKA_TLS_CA_FILE: 'ca.pem',
      ONBEHALF_KAFKA_TOPICS: 'a,b',
    })
    expect(kafka).toMatchObject({ sasl: { mechanism: 'scram-sha-512', username: 'alice', password: 'p' }, tls: { caFile: 'ca.pem' }, topics: ['a', 'b'] })
    expect(loadConfig({ ...brokers, ONBEHALF_KAFKA_TLS_ENABLED: 'true' }).kafka?.tls).toMatchObject({ caFile: null })
  })

  test('what belongs together must be set together', () => {
    expect(problemOf({ ...brokers, ONBEHALF_KAFKA_SASL_MECHANISM: 'plain' })).toContain('ONBEHALF_KAFKA_SASL_PASSWORD must be set, because ONBEHALF_KAFKA_SASL_MECHANISM is plain')
    expect(problemOf({ ...brokers, ONBEHALF_KAFKA_SASL_PASSWORD: 'p' })).toContain('ONBEHALF_KAFKA_SASL_MECHANISM must be set')
    expect(problemOf({ ...brokers, ONBEHALF_KAFKA_TLS_CERT_FILE: 'c' })).toContain('ONBEHALF_KAFKA_TLS_KEY_FILE must be set')
    expect(problemOf({ ONBEHALF_KAFKA_TOPICS: 'a' })).toContain('ONBEHALF_KAFKA_BROKERS must be set')
  })
})

test('every variable is described once, with one prefix', () => {
  const rows = describeConfig()
  expect(new Set(rows.map((row) => row.variable)).size).toBe(Object.keys(settings).length)
  for (const { variable, fallback, meaning } of rows) {
    expect(variable).toMatch(/^ONBEHALF_[A-Z_]+$/)
    expect(fallback).not.toBe('')
    expect(meaning).toMatch(/\.$|`$/)
  }
})

test('whatever is set, it is read or refused with a sentence for each mistake', () => {
  const variable = fc.oneof(fc.constantFrom(...describeConfig().map((row) => row.variable)), fc.string().map((name) => `ONBEHALF_${name}`))
  fc.assert(fc.property(fc.dictionary(variable, fc.oneof(fc.string(), fc.webUrl(), fc.nat().map(String)), { maxKeys: 5 }), (env) => {
    try {
      loadConfig(env)
    } catch (error) {
      expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(/^ONBEHALF_/) })
    }
  }), { numRuns: 1_000 })
})

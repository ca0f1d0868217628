import { read } from '@onbehalf/events'
import { sha256Hex } from '@onbehalf/store'
import { scenarios } from '@onbehalf/testkit/scenarios'
import { expect, test } from 'vitest'
import { createStyle } from '../terminal/style.ts'
import { parseArguments } from '../arguments.ts'
import { commands } from '../commands/index.ts'
import { banner, type BannerFacts } from './banner.ts'
import { exampleCurl, exampleEvent } from './example-curl.ts'

const facts: BannerFacts = {
  version: '0.1.0',
  seconds: 3.21,
  api: { host: '127.0.0.1', port: 4700, url: 'http://127.0.0.1:4700', replaced: null },
  gateway: { host: '127.0.0.1', port: 40_123, url: 'http://127.0.0.1:40123', replaced: 4318 },
  otlpGrpc: { host: '127.0.0.1', port: 4317, url: 'http://127.0.0.1:4317', replaced: null },
  storage: '/data/postgres (embedded PostgreSQL, port 5555)',
  stream: 'embedded',
  logs: 1,
  entries: 12_345,
  token: { shown: 'the-token' },
}

test('says where everything is, and which port was replaced', () => {
  const text = banner(facts, createStyle(false))
  for (const part of [
    'Onbehalf 0.1.0 is ready after 3.2 s', 'http://127.0.0.1:4700', 'http://127.0.0.1:4700/docs', 'the-token',
    'http://127.0.0.1:40123/v1/events   (port 4318 is in use; this one was free)', '/data/postgres (embedded PostgreSQL, port 5555)',
    '1 log, 12,345 entries', 'http://127.0.0.1:4700/metrics', 'npx onbehalf demo',
    'OTLP in     http://127.0.0.1:40123   http/protobuf', 'http://127.0.0.1:4317   grpc',
  ]) expect(text).toContain(part)
})

test('a token that is not to be shown is not in it, and the line to copy gets at it', () => {
  const text = banner({ ...facts, token: { keptIn: '/data/bootstrap-token', expression: '$(cat /data/bootstrap-token)' } }, createStyle(false))
  expect(text).toContain('kept in /data/bootstrap-token')
  expect(text).toContain('Bearer $(cat /data/bootstrap-token)"')
  expect(text).not.toContain('the-token')
})

test('the event of the line to copy is valid, and nothing in it ends the quotes of the shell', () => {
  const lines = exampleCurl('http://127.0.0.1:4318', 't')
  const event = /-d '([^']*)'$/.exec(lines[2]!)![1]!
  expect(read('cloudevent', Buffer.from(event), { tenant: 'default', producer: 'default', sha256: sha256Hex }).ok).toBe(true)
  expect(read('cloudevent', Buffer.from(JSON.stringify(exampleEvent)), { tenant: 'default', producer: 'default', sha256: sha256Hex }).ok).toBe(true)
})

test('what it says to type next are commands that there are', () => {
  const lines = [...banner(facts, createStyle(false)).matchAll(/^ {2}npx onbehalf ((?: ?[\w-]+)+)/gm)].map(([, line]) => line!.split(' '))
  expect(lines.length).toBe(5)
  for (const [name, ...rest] of lines) {
    const command = commands.find((each) => each.name === name)
    expect(command, name).toBeDefined()
    expect(() => parseArguments(command!, rest)).not.toThrow()
    if (name === 'demo' && rest[0] !== undefined) expect(scenarios).toHaveProperty([rest[0]])
  }
})

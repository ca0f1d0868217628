import { expect, test } from 'vitest'
import { runCli } from '../cli.ts'
import { createTerminal } from '../terminal/terminal.ts'
import { commands } from './index.ts'

async function typed(...argv: string[]) {
  const written = { out: '', err: '' }
  const terminal = createTerminal({ out: { write: (text) => (written.out += text) }, err: { write: (text) => (written.err += text) }, env: {} })
  const code = await runCli(argv, { commands, env: { ONBEHALF_DATA_DIR: '/nowhere/at/all' }, terminal })
  return { code, err: written.err.replaceAll(/\s+/g, ' ') }
}

test.each([
  [['producer'], 'producer needs <add|list|remove>.'],
  [['producer', 'ad', 'x'], 'Did you mean add?'],
  [['producer', 'add'], 'producer add needs an <id>.'],
  [['producer', 'list', 'x'], 'producer list takes no id.'],
  [['producer', 'remove', 'x', '--legs', 'decision'], 'producer remove takes no more than an id.'],
  [['producer', 'add', 'X'], 'The id must be 1 to 63 characters'],
  [['producer', 'add', 'x', '--legs', 'decision,approvals'], '--legs must be one of "initiator"'],
  [['producer', 'add', 'x', '--sources', 'urn:*:x'], '--sources may have a * at its end only, not "urn:*:x".'],
  [['producer', 'add', 'x', '--delay-ms', 'soon'], '--delay-ms must be a whole number of milliseconds'],
  [['producer', 'add', 'x', '--rate-per-s', '0'], '--rate-per-s must be a number greater than 0'],
  [['producer', 'add', 'x', '--leg', 'decision'], 'Did you mean --legs?'],
])('%j is refused before a server is asked', async (argv, message) => {
  const { code, err } = await typed(...argv)
  expect(err).toContain(message)
  expect(code).toBe(2)
})

test('without a server it says so', async () => {
  expect(await typed('producer', 'add', 'x', '--legs', 'decision')).toMatchObject({ code: 3, err: expect.stringContaining('Nothing runs on') })
})

import { readFileSync, rmSync } from 'node:fs'
import { OnbehalfError } from '@onbehalf/runtime'
import { scenarios } from '@onbehalf/testkit/scenarios'
import { expect, test } from 'vitest'
import { runCli } from './cli.ts'
import type { Command } from './command.ts'
import { commands } from './commands/index.ts'
import { createTerminal } from './terminal/terminal.ts'

async function typed(argv: string[], more: readonly Command[] = []) {
  const written = { out: '', err: '' }
  const terminal = createTerminal({ out: { write: (text) => (written.out += text) }, err: { write: (text) => (written.err += text) }, env: {} })
  const code = await runCli(argv, { commands: [...commands, ...more], env: { ONBEHALF_DATA_DIR: '/nowhere/at/all' }, terminal })
  return { code, ...written }
}

const failing = (error: unknown): Command => ({
  name: 'fail', summary: '', arguments: [], about: '', examples: [], options: {},
  async run() {
    throw error
  },
})

test('--help lists every command, and each has a page with an example that begins with its name', async () => {
  const { out, code } = await typed(['--help'])
  expect(code).toBe(0)
  for (const command of commands) {
    expect(out).toContain(`  ${command.name} `)
    const page = await typed([command.name, '--help'])
    expect(page).toMatchObject({ code: 0, err: '' })
    expect(page.out).toContain('Examples:')
    expect(command.examples.some(([line]) => line.includes(`onbehalf ${command.name}`)), command.name).toBe(true)
    for (const line of page.out.split('\n')) if (!line.startsWith('  onbehalf') && !line.includes('onbehalf up') && !line.includes('onbehalf migrate')) expect(line.length, line).toBeLessThanOrEqual(80)
    expect((await typed(['help', command.name])).out).toBe(page.out)
  }
  expect((await typed([])).out).toBe(out)
})

test('--version', async () => {
  expect(await typed(['--version'])).toEqual({ code: 0, out: '0.1.0\n', err: '' })
  expect((await typed(['--version', '--json'])).out).toBe('{"version":"0.1.0"}\n')
})

test.each([
  [['tarce'], 'There is no command "tarce". Did you mean trace?'],
  [['zzzzzzzzzz'], 'There is no command "zzzzzzzzzz".'],
  [['--jsno'], 'The command comes first; --jsno is no command. Did you mean --json?'],
  [['up', 'x'], 'up takes no arguments; there is also "x".'],
  [['run', 'gatway'], 'There is no service "gatway". Did you mean gateway?'],
  [['findings', 'shwo', 'x'], 'findings does not know "shwo". Did you mean show?'],
  [['findings', 'show'], 'findings show needs an <id>.'],
  [['findings', 'list', 'x'], 'findings list takes no id; did you mean findings show x?'],
  [['findings', '--severity', 'grave'], '--severity must be one of info, medium, high, critical, not "grave".'],
  [['findings', '--fail-on', 'all'], '--fail-on must be one of'],
  [['findings', '--limit', '0'], '--limit must be a whole number from 1'],
  [['findings', 'accept', 'x', '--reason', 'y'], 'findings accept needs --until <time> and --reason <text>.'],
  [['findings', 'accept', 'x', '--until', 'tomorrow', '--reason', 'y'], '--until must be a time such as 2026-12-01T09:30:00Z'],
  [['findings', 'acknowledge', 'x', '--until', '7d'], 'findings acknowledge takes no --until'],
  [['quarantine', 'show'], 'quarantine show needs an <id>.'],
  [['retract', '--producer', 'x'], 'retract needs --producer <id> and --reason <text>.'],
  [['retract', '--producer', 'x', '--reason', 'y', '--received-from', '1h', '--received-to', '2h'], '--received-from is later than --received-to.'],
  [['demo', 'refnd'], 'There is no incident "refnd". Did you mean refund?'],
])('%j is wrong usage: %s', async (argv, message) => {
  const { code, out, err } = await typed(argv)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err.replaceAll(/\s+/g, ' ')).toContain(message)
})

test('without a server it says so and ends with 3', async () => {
  const asking = [['trace', 'x'], ['demo'], ['send', '-'], ['findings'], ['findings', 'show', 'x'], ['coverage'], ['agents'], ['rules'], ['quarantine'], ['retract', '--producer', 'x', '--reason', 'y']]
  for (const argv of asking) {
    const { code, err } = await typed(argv)
    expect(code).toBe(3)
    expect(err).toContain('Nothing runs on /nowhere/at/all.')
  }
})

test('demo --list needs no server, and has every incident once, under what is wrong in it', async () => {
  const { code, out } = await typed(['demo', '--list', '--json'])
  expect(code).toBe(0)
  const listed = out.trim().split('\n').map((line) => JSON.parse(line))
  expect(listed.map(({ name }) => name)).toEqual(Object.keys(scenarios))
  expect(listed[0]).toMatchObject({ name: 'refund', rules: [] })
  const page = (await typed(['demo', '--list'])).out
  for (const name of Object.keys(scenarios)) expect(page.split('\n').filter((line) => line.startsWith(`  ${name} `)).length, name).toBe(1)
  for (const line of page.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
})

test('an expected error is a sentence and what to do, with its own exit code', async () => {
  const error = new OnbehalfError('invalid', 'Event 3: /time must be a time.', { details: { errors: [{ index: 3, path: '/time', rule: 'must be \u001b[31ma time' }] }, next: 'Send it again.' })
  const { code, err } = await typed(['fail'], [failing(error)])
  expect(code).toBe(2)
  expect(err).toBe('onbehalf: Event 3: /time must be a time.\n  event 3: /time must be \\x1b[31ma time\n  Send it again.\n')
  const json = await typed(['fail', '--json'], [failing(error)])
  expect(JSON.parse(json.err)).toMatchObject({ error: { code: 'invalid', message: 'Event 3: /time must be a time.', next: 'Send it again.' } })
})

test('a fault of ours ends with 70 and a report id, and the stack goes into a file, not onto the terminal', async () => {
  const { code, err } = await typed(['fail', '--json'], [failing(new TypeError('x is not a function'))])
  expect(code).toBe(70)
  const { error } = JSON.parse(err)
  expect(error).toMatchObject({ code: 'internal', message: 'The command failed for a reason of ours.' })
  expect(error.next).toContain(error.report_id)
  expect(err).not.toContain('x is not a function')
  expect(readFileSync(error.report_file, 'utf8')).toContain('TypeError: x is not a function')
  rmSync(error.report_file)
})

import { OnbehalfError } from '@onbehalf/runtime'
import { expect, test } from 'vitest'
import { parseArguments, timeIn } from './arguments.ts'

const command = {
  name: 'trace',
  arguments: ['<id>', '[other]'],
  options: { 'as-of': { value: 'time', meaning: '' }, list: { meaning: '' } },
}
const failure = (argv: string[]) => {
  try {
    parseArguments(command, argv)
  } catch (error) {
    expect(error).toBeInstanceOf(OnbehalfError)
    expect((error as OnbehalfError).exitCode).toBe(2)
    return (error as OnbehalfError).message
  }
  return null
}

test('arguments and options in any order, with = or without, short ones together', () => {
  expect(parseArguments(command, ['act-1'])).toEqual({ args: ['act-1'], options: {} })
  expect(parseArguments(command, ['--as-of', 'now', 'act-1', '--json'])).toEqual({ args: ['act-1'], options: { 'as-of': 'now', json: true } })
  expect(parseArguments(command, ['act-1', '--as-of=now', '-qh'])).toEqual({ args: ['act-1'], options: { 'as-of': 'now', quiet: true, help: true } })
})

test('what follows -- is an argument, and - is one', () => {
  expect(parseArguments(command, ['--', '--json', '-'])).toEqual({ args: ['--json', '-'], options: {} })
  expect(parseArguments(command, ['-'])).toEqual({ args: ['-'], options: {} })
})

test('--help needs no arguments', () => {
  expect(parseArguments(command, ['--help']).options).toEqual({ help: true })
})

test.each([
  [[], 'trace needs <id>.'],
  [['a', 'b', 'c'], 'trace takes only <id> [other]; there is also "c".'],
  [['a', '--asof', 'x'], 'trace has no option --asof. Did you mean --as-of?'],
  [['a', '--jsno'], 'trace has no option --jsno. Did you mean --json?'],
  [['a', '--zzzzzz'], 'trace has no option --zzzzzz.'],
  [['a', '-x'], 'trace has no option -x.'],
  [['a', '--as-of'], '--as-of needs a value: --as-of <time>.'],
  [['a', '--as-of', '--json'], '--as-of needs a value: --as-of <time>.'],
  [['a', '--json=yes'], '--json takes no value.'],
  [['a', '--constructor'], 'trace has no option --constructor.'],
  [['a', '--__proto__=x'], 'trace has no option --__proto__.'],
])('%j: %s', (argv, message) => {
  expect(failure(argv)).toBe(message)
})

test('a value may begin with a hyphen when it cannot be an option', () => {
  expect(parseArguments(command, ['a', '--as-of', '-1h']).options).toEqual({ 'as-of': '-1h' })
  expect(parseArguments(command, ['a', '--as-of=--json']).options).toEqual({ 'as-of': '--json' })
})

test.each([
  ['2026-12-01T09:30:00+01:00', 1, '2026-12-01T08:30:00Z'],
  ['2026-12-01', 1, '2026-12-01T00:00:00Z'],
  ['7d', 1, '2026-12-01T09:00:00.000Z'],
  ['90m', -1, '2026-11-24T07:30:00.000Z'],
  [' 12h ', -1, '2026-11-23T21:00:00.000Z'],
] as const)('the time %j is %s', (text, direction, time) => {
  expect(timeIn('findings', 'until', text, direction, Date.UTC(2026, 10, 24, 9))).toBe(time)
})

test.each(['tomorrow', '2026-13-01', '7', '7w', '-1d', '2026-12-01T09:30:00'])('%j is no time', (text) => {
  expect(() => timeIn('findings', 'until', text, 1)).toThrow('--until must be a time')
  expect(timeIn('findings', 'until', undefined, 1)).toBeUndefined()
})

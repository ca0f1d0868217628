import { parseArgs } from 'node:util'
import { timeOf } from '@onbehalf/events'
import { nearestName, OnbehalfError } from '@onbehalf/runtime'
import { commonOptions, type Command, type Option } from './command.ts'

export interface Parsed {
  args: string[]
  options: Record<string, string | true>
}

/**
 * What was typed after a command's name.
 * @throws OnbehalfError `usage`, with the nearest name where one was mistyped
 */
export function parseArguments(command: Pick<Command, 'name' | 'arguments' | 'options'>, argv: readonly string[]): Parsed {
  const known: Record<string, Option> = { ...command.options, ...commonOptions }
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(Object.entries(known).map(([name, { value, short }]) =>
      [name, { type: value === undefined ? 'boolean' as const : 'string' as const, ...(short === undefined ? {} : { short }) }])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const parsed: Parsed = { args: [], options: {} }
  for (const token of tokens) {
    if (token.kind === 'positional') parsed.args.push(token.value)
    else if (token.kind === 'option') {
      const option = Object.hasOwn(known, token.name) ? known[token.name] : undefined
      if (option === undefined) throw unknownOption(command.name, token.rawName, Object.keys(known))
      if (option.value === undefined) {
        if (token.value !== undefined) throw usage(command.name, `${token.rawName} takes no value.`)
        parsed.options[token.name] = true
      } else {
        if (token.value === undefined || (!token.inlineValue && /^--?[a-z]/i.test(token.value))) throw usage(command.name, `${token.rawName} needs a value: ${token.rawName} <${option.value}>.`)
        parsed.options[token.name] = token.value
      }
    }
  }
  if (parsed.options['help'] === undefined) checkCount(command, parsed.args)
  return parsed
}

export function usage(command: string, message: string): OnbehalfError {
  return new OnbehalfError('usage', message, { next: `See \`onbehalf ${command} --help\`.`.replace('  ', ' ') })
}

/**
 * The word of a command that says what to do: one of those that it knows.
 * @throws OnbehalfError `usage` with the nearest
 */
export function actionIn<Name extends string>(command: string, word: string, known: readonly Name[]): Name {
  if ((known as readonly string[]).includes(word)) return word as Name
  const near = nearestName(word, known)
  throw usage(command, `${command} does not know ${JSON.stringify(word)}.${near === null ? ` It knows ${known.join(', ')}.` : ` Did you mean ${near}?`}`)
}

/** The value of an option that has a few. @throws OnbehalfError `usage` */
export function choiceIn<Name extends string>(command: string, option: string, value: string | true | undefined, known: readonly Name[]): Name | undefined {
  if (value === undefined || (known as readonly unknown[]).includes(value)) return value as Name | undefined
  throw usage(command, `--${option} must be one of ${known.join(', ')}, not ${JSON.stringify(value)}.`)
}

/**
 * A time as people write it: RFC 3339, a date, or how far from now (`30m`, `12h`, `7d`), which is RFC 3339 then.
 * @param direction 1 for times to come, -1 for times gone
 * @throws OnbehalfError `usage`
 */
export function timeIn(command: string, option: string, value: string | true | undefined, direction: 1 | -1, nowMs = Date.now()): string | undefined {
  if (value === undefined) return undefined
  const text = String(value).trim()
  const away = /^(\d{1,6})\s*([mhd])$/.exec(text)
  if (away !== null) return new Date(nowMs + direction * Number(away[1]) * unitMs[away[2] as keyof typeof unitMs]).toISOString()
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return `${text}T00:00:00Z`
  const instant = timeOf(text)
  if (instant !== null) return instant.time
  throw usage(command, `--${option} must be a time such as 2026-12-01T09:30:00Z, a date, or how far from now, such as 12h or 7d; not ${JSON.stringify(text)}.`)
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 }

function checkCount({ name, arguments: wanted }: Pick<Command, 'name' | 'arguments'>, args: readonly string[]): void {
  const required = wanted.filter((each) => each.startsWith('<'))
  if (args.length < required.length) throw usage(name, `${name} needs ${required[args.length]}.`)
  if (args.length > wanted.length) {
    const takes = wanted.length === 0 ? 'no arguments' : `only ${wanted.join(' ')}`
    throw usage(name, `${name} takes ${takes}; there is also ${JSON.stringify(args[wanted.length])}.`)
  }
}

function unknownOption(command: string, raw: string, names: readonly string[]): OnbehalfError {
  const near = raw.startsWith('--') ? nearestName(raw.slice(2), names) : null
  return usage(command, `${command} has no option ${raw}.${near === null ? '' : ` Did you mean --${near}?`}`)
}

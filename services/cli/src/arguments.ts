import { parseArgs } from 'node:util'
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

import { commonOptions, type Command } from './command.ts'
import { wrapped } from './terminal/text.ts'

/** The page of `onbehalf --help`. */
export function overview(commands: readonly Command[], columns: number): string {
  const widest = Math.max(...commands.map(({ name }) => name.length))
  return [
    'onbehalf: who did it, on whose behalf, by which decision, and what came of it',
    '',
    'Usage: onbehalf <command> [options]',
    '',
    ...commands.flatMap(({ name, summary }) => listed(name, widest, summary, columns)),
    '',
    'onbehalf <command> --help shows options and examples; onbehalf --version the version.',
    'Commands talk to ONBEHALF_URL with ONBEHALF_TOKEN if set, else to the instance of this directory.',
  ].join('\n')
}

/** The page of `onbehalf <command> --help`. */
export function helpOf(command: Command, columns: number): string {
  const options = Object.entries({ ...command.options, ...commonOptions }).map(([name, { short, value, meaning }]) => ({
    left: `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`, meaning,
  }))
  const widest = Math.max(...options.map(({ left }) => left.length))
  return [
    `Usage: onbehalf ${[command.name, ...command.arguments].join(' ')} [options]`,
    '',
    ...wrapped(command.about, columns),
    '',
    'Options:',
    ...options.flatMap(({ left, meaning }) => listed(left, widest, meaning, columns)),
    '',
    'Examples:',
    ...command.examples.flatMap(([line, meaning]) => [`  ${line}`, ...wrapped(meaning, columns, '      ')]),
  ].join('\n')
}

function listed(left: string, widest: number, right: string, columns: number): string[] {
  const indent = ' '.repeat(widest + 4)
  const [first, ...rest] = wrapped(right, columns, indent)
  return [`  ${left.padEnd(widest)}  ${first!.slice(indent.length)}`, ...rest]
}

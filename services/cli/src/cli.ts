import { nearestName, OnbehalfError } from '@onbehalf/runtime'
import { parseArguments, usage } from './arguments.ts'
import { commonOptions, type Command } from './command.ts'
import { reportError } from './error-report.ts'
import { helpOf, overview } from './help.ts'
import type { Terminal } from './terminal/terminal.ts'
import { version } from './version.ts'

export interface Surroundings {
  commands: readonly Command[]
  env: Record<string, string | undefined>
  terminal: Terminal
}

/** Runs one command line and answers its exit code; whatever is wrong is told on the standard error. */
export async function runCli(argv: readonly string[], { commands, env, terminal }: Surroundings): Promise<number> {
  let json = argv.includes('--json')
  try {
    const [name, ...rest] = argv
    if (name === undefined || isHelp(name)) {
      const about = rest[0] === undefined ? undefined : find(commands, rest[0])
      terminal.print(about === undefined ? overview(commands, terminal.columns) : helpOf(about, terminal.columns))
      return 0
    }
    if (name === '--version' || name === '-v' || name === 'version') {
      terminal.print(json ? JSON.stringify({ version }) : version)
      return 0
    }
    const command = find(commands, name)
    const { args, options } = parseArguments(command, rest)
    if (options['help'] !== undefined) {
      terminal.print(helpOf(command, terminal.columns))
      return 0
    }
    json = options['json'] !== undefined
    return (await command.run({ args, options, env, terminal: options['quiet'] === undefined ? terminal : terminal.quieted() })) ?? 0
  } catch (error) {
    return reportError(error, { terminal, json })
  }
}

const isHelp = (word: string): boolean => word === '--help' || word === '-h' || word === 'help'

/** @throws OnbehalfError `usage` with the nearest command */
function find(commands: readonly Command[], name: string): Command {
  const found = commands.find((command) => command.name === name)
  if (found !== undefined) return found
  if (name.startsWith('-')) {
    const common = nearestName(name.replace(/^-+/, ''), [...Object.keys(commonOptions), 'version'])
    throw usage('', `The command comes first; ${name} is no command.${common === null ? '' : ` Did you mean --${common}?`}`)
  }
  const near = nearestName(name, commands.map((command) => command.name))
  throw new OnbehalfError('usage', `There is no command ${JSON.stringify(name)}.${near === null ? '' : ` Did you mean ${near}?`}`, { next: 'See `onbehalf --help`.' })
}

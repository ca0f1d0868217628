import { commands } from './commands/index.ts'
import { runCli } from './cli.ts'
import { processTerminal } from './terminal/terminal.ts'

process.exitCode = await runCli(process.argv.slice(2), { commands, env: process.env, terminal: processTerminal() })

import type { Terminal } from './terminal/terminal.ts'

export interface Option {
  /** Left out: a switch. */
  value?: string
  /** A letter for `-x`. */
  short?: string
  meaning: string
}

/** One command; its file under `commands/` holds all that is known of it. */
export interface Command {
  name: string
  /** One line, for the list of commands. */
  summary: string
  /** What stands after the name: `<id>`, `[scenario]`. Words in `<>` are required. */
  arguments: readonly string[]
  /** A paragraph. */
  about: string
  examples: readonly [line: string, meaning: string][]
  options: Record<string, Option>
  run(invocation: Invocation): Promise<ExitCode | void>
}

/** 0 done, or the answer is yes · 1 the answer is no. The others come from errors (see `exitCodeOf` of libs/runtime). */
type ExitCode = 0 | 1 | 2

interface Invocation {
  args: readonly string[]
  /** By long name: what was given, `true` for switches. Options that were not given are absent. */
  options: Readonly<Record<string, string | true>>
  terminal: Terminal
  env: Record<string, string | undefined>
}

/** What every command understands. */
export const commonOptions: Record<string, Option> = {
  json: { meaning: 'Print JSON, one object a line where it is a list' },
  quiet: { short: 'q', meaning: 'Say nothing on the way' },
  help: { short: 'h', meaning: 'Show this' },
}

import { loadConfig } from '@onbehalf/runtime'
import type { Command } from '../command.ts'
import { runChecks, type Check } from '../doctor/checks.ts'
import type { Problem } from '../doctor/problem.ts'
import { visible, wrapped } from '../terminal/text.ts'
import type { Terminal } from '../terminal/terminal.ts'

export const doctor: Command = {
  name: 'doctor',
  summary: 'Check the surroundings, the journal and the read models',
  arguments: [],
  about:
    'Checks what Onbehalf needs to run, then every byte of the journal (segments, hashes, trees, heads) and every row of the read models '
    + 'against what the journal says. An instance may run meanwhile; where none does, the embedded PostgreSQL is started for as long as it '
    + 'takes. Each problem is a line that names the log and the index. Ends with 1 if there is any.',
  examples: [
    ['onbehalf doctor', 'Everything.'],
    ['onbehalf doctor --quick', 'Without the journal and the read models: a second.'],
    ['onbehalf doctor --json | jq -c "select(.problems != [])"', 'What is wrong, for a program.'],
  ],
  options: {
    quick: { meaning: 'Leave out the deep checks of journal and read models' },
  },
  async run({ options, terminal, env }) {
    const json = options['json'] !== undefined
    let problems = 0
    let checks = 0
    await runChecks({
      config: loadConfig(env),
      env,
      deep: options['quick'] === undefined,
      onProgress: (text) => terminal.progress(text),
      tell(result) {
        checks++
        problems += result.problems.length
        terminal.progress('')
        if (json) terminal.printJson(result)
        else terminal.print(lineOf(result, terminal))
      },
    })
    if (!json) {
      terminal.print(problems === 0
        ? `\n${terminal.style.green('All is well')}: ${checks} checks.`
        : `\n${terminal.style.red(`${problems.toLocaleString('en')} ${problems === 1 ? 'problem' : 'problems'}`)} in ${checks} checks.`)
    }
    return problems === 0 ? 0 : 1
  },
}

function lineOf({ check, detail, problems }: Check, { style, columns }: Terminal): string {
  const mark = problems.length === 0 ? style.green('ok     ') : style.red('problem')
  const [first = '', ...rest] = wrapped(visible(detail), columns, ' '.repeat(24))
  return [
    `${mark}  ${check.padEnd(13)}  ${first.trimStart()}`,
    ...rest,
    // One line each, whole: they are searched and counted.
    ...problems.map((problem) => `  ${style.red('✗')} ${visible(problemText(problem))}`),
  ].join('\n')
}

function problemText({ log, index, table, what }: Problem): string {
  const where = log === undefined ? table === undefined ? '' : `${table}: ` : `${log}${index === undefined ? '' : `#${index}`}: `
  return `${where}${what}`
}

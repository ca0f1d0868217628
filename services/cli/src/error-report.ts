import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { asOnbehalfError, newReportId } from '@onbehalf/runtime'
import type { Terminal } from './terminal/terminal.ts'
import { visible, wrapped } from './terminal/text.ts'
import { version } from './version.ts'

/** Tells a person (or, with `json`, a program) why a command ends, and answers its exit code. */
export function reportError(error: unknown, { terminal, json }: { terminal: Terminal; json: boolean }): number {
  const known = asOnbehalfError(error)
  if (known !== null && known.exitCode !== 70) {
    const { code, message, next, details } = known
    if (json) terminal.complainJson({ error: { code, message, next, ...details } })
    else terminal.complain(pageOf(message, next, fieldsOf(details), terminal))
    return known.exitCode
  }
  const report_id = newReportId()
  const file = reportFile(report_id, error)
  const message = known?.message ?? 'The command failed for a reason of ours.'
  const next = `Please report it with the report id ${report_id}${file === null ? '' : `; ${file} has the details`}.`
  if (json) terminal.complainJson({ error: { code: known?.code ?? 'internal', message, next, report_id, report_file: file } })
  else terminal.complain(pageOf(message, next, [], terminal))
  return 70
}

function pageOf(message: string, next: string, more: readonly string[], { columns, errorStyle }: Terminal): string {
  const [first = '', ...rest] = message.split('\n')
  return [
    `${errorStyle.red('onbehalf:')} ${wrapped(visible(first), columns, '          ').join('\n').trimStart()}`,
    ...rest.flatMap((line) => wrapped(visible(line), columns, '          ')),
    ...more.flatMap((line) => wrapped(line, columns, '  ')),
    ...wrapped(visible(next), columns, '  '),
  ].join('\n')
}

/** One line per field that is wrong. */
function fieldsOf({ errors }: Record<string, unknown>): string[] {
  if (!Array.isArray(errors)) return []
  const lines = errors.slice(0, 20).map((error: { index?: number; path?: string; rule?: string }) =>
    visible(`${error.index === undefined ? '' : `event ${error.index}: `}${error.path ?? ''} ${error.rule ?? ''}`.trim()))
  return errors.length > 20 ? [...lines, `and ${errors.length - 20} more`] : lines
}

/** The stack goes into a file of its own: on the terminal it would bury the one sentence that helps. */
function reportFile(reportId: string, error: unknown): string | null {
  const path = join(tmpdir(), `onbehalf-report-${reportId}.txt`)
  try {
    writeFileSync(path, `onbehalf ${version}, node ${process.version}, ${process.platform}-${process.arch}\n${inspect(error, { depth: 6 })}\n`, { mode: 0o600 })
    return path
  } catch {
    return null
  }
}

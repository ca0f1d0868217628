import { nearestName, OnbehalfError } from '@onbehalf/runtime'
import type { Severity } from '@onbehalf/lineage'
import type { Command } from '../command.ts'
import { severityStyle } from '../lineage-page/findings.ts'
import { beside, section, table, type View } from '../lineage-page/view.ts'
import { findServer, itemsOf } from '../server/server.ts'
import { visibleDeep, wrapped } from '../terminal/text.ts'

export const rules: Command = {
  name: 'rules',
  summary: 'Every rule, and what arms it; or one of them',
  arguments: ['[id]'],
  about:
    'What Onbehalf looks for, with the severity that is in force, and whether it can fire as things are registered now. With an id: what the rule means, '
    + 'what resolves its findings, and what it maps to.',
  examples: [
    ['onbehalf rules', 'All of them.'],
    ['onbehalf rules DEC-02', 'One of them.'],
    ['onbehalf rules --json | jq -r "select(.on | not) | [.id, .why] | @tsv"', 'Those that are off, and why.'],
  ],
  options: {},
  async run({ args, options, terminal, env }) {
    const json = options['json'] !== undefined
    const server = findServer(env)
    const all: Rule[] = []
    for await (const rule of itemsOf<Rule>(server, '/v1/rules')) all.push(rule)
    const wanted = args[0]?.trim().toUpperCase()
    const some = wanted === undefined ? all : [find(all, wanted)]
    if (json) for (const rule of some) terminal.printJson(rule)
    else terminal.print(wanted === undefined ? listPage(visibleDeep(some), terminal) : rulePage(visibleDeep(some[0]!), terminal))
  },
}

/** An item of `GET /v1/rules`. */
interface Rule {
  id: string
  version: number
  title: string
  doc: string
  resolved_by: string
  about: string
  on: boolean
  why: string
  severity: Severity
  default_severity: Severity
  mapping: Record<string, { id: string; title: string | null }[]>
}

function find(all: readonly Rule[], id: string): Rule {
  const found = all.find((rule) => rule.id === id)
  if (found !== undefined) return found
  const near = nearestName(id, all.map((rule) => rule.id))
  throw new OnbehalfError('not_found', `There is no rule ${JSON.stringify(id)}.${near === null ? '' : ` Did you mean ${near}?`}`, { next: 'See `onbehalf rules`.' })
}

function listPage(all: readonly Rule[], view: View): string {
  const { style } = view
  const rows = all.map(({ id, severity, on, title }) => [
    on ? style.green('on ') : style.dim('off'), id, severityStyle(severity, style)(severity), title,
  ])
  const off = all.filter(({ on }) => !on).length
  return [
    ...table(rows, view, ''),
    '',
    style.dim(`${all.length} rules, ${all.length - off} of them on. onbehalf rules <id> says why, and what arms it.`),
  ].join('\n')
}

const catalogues: Record<string, string> = { asi: 'OWASP ASI', nhi: 'OWASP NHI', nist: 'NIST' }

function rulePage({ id, version, title, doc, resolved_by, about, on, why, severity, default_severity, mapping }: Rule, view: View): string {
  const { style, columns } = view
  const rows: [string, string][] = [
    ['severity', `${severityStyle(severity, style)(severity)}${severity === default_severity ? '' : ` (by default ${default_severity})`}`],
    ['about', `${about}, version ${version}`],
    [on ? 'on' : 'off', why],
  ]
  const mapped = Object.entries(mapping).flatMap(([catalogue, items]) =>
    items.flatMap((item) => beside(catalogues[catalogue] ?? catalogue, 10, `${item.id}${item.title === null ? '' : `  ${item.title}`}`, view)))
  return [
    ...wrapped(`${style.bold(id)}  ${style.bold(title)}`, columns),
    '',
    ...rows.flatMap(([name, text]) => beside(name, 10, text, view)),
    ...section('What it means', wrapped(doc, columns, '  '), view),
    ...section('What resolves it', wrapped(resolved_by, columns, '  '), view),
    ...section('Maps to', mapped, view),
  ].join('\n')
}

import type { Played, Scenario } from '@onbehalf/testkit/scenarios'
import { findingLines } from '../lineage-page/findings.ts'
import { section, type View } from '../lineage-page/view.ts'
import type { Server } from '../server/server.ts'
import { visibleDeep, wrapped } from '../terminal/text.ts'
import type { Outcome } from './playing.ts'
import { registrationLines } from './registration.ts'

export interface Performance {
  scenario: Scenario
  played: Played
  outcome: Outcome
  registered: boolean
  server: Server
}

/** What happened, what was made of it, what is wrong with it, and what to type next. */
export function demoPage({ scenario, played, outcome, registered, server }: Performance, view: View): string {
  const { style, columns } = view
  const { config, events, session_id, trace_id, actions } = played
  const { lineages, findings, notYet } = visibleDeep(outcome)
  return [
    style.bold(scenario.title),
    ...wrapped(scenario.story, columns),
    ...section(registered ? 'Registered for it, beside what was registered before' : 'Registered for it already',
      config === undefined ? [] : registrationLines(config).flatMap((line) => wrapped(line, columns, '  ')), view),
    ...section(`${events.length} events sent, and read into lineage`, [
      ...lineages.flatMap(({ id, summary }) => [`  ${style.cyan(id)}`, ...wrapped(summary, columns, '    ')]),
      ...wrapped(style.dim(`session ${session_id ?? 'none'} · trace ${trace_id}`), columns, '  '),
    ], view),
    ...section('Findings', findings.length === 0 && notYet.length === 0 ? [style.dim('  none: this is how it should be, or all that can be said')] : findings.flatMap((finding) => findingLines(finding, view)), view),
    ...section('Not found yet', notYet.flatMap((id) => wrapped(id, columns, '  ')), view),
    '',
    'Next:',
    ...nextSteps(actions, outcome, played, server).flatMap(([line, meaning]) => [`  ${line}`, style.dim(`      ${meaning}`)]),
  ].join('\n')
}

function nextSteps(actions: Played['actions'], { findings }: Outcome, { session_id, config }: Played, { apiUrl, tokenFrom }: Server): [line: string, meaning: string][] {
  const [main, ...others] = actions
  return [
    [`npx onbehalf trace ${main!.id}`, 'the whole story of it'],
    ...others.slice(0, 4).map(({ id, what }): [string, string] => [`npx onbehalf trace ${id}`, what]),
    ...(session_id === null || actions.length === 1 ? [] : [[`npx onbehalf trace ${session_id}`, 'everything of the session'] as [string, string]]),
    ...findings.slice(0, 1).map(({ id }): [string, string] => [`npx onbehalf findings show ${quoted(id)}`, 'what it rests on, and what would resolve it']),
    ...(config === undefined || config.producers.length === 0 ? [] : [['npx onbehalf coverage', 'who tells what of which agent'] as [string, string]]),
    [`curl -H "authorization: Bearer ${tokenFrom}" ${apiUrl}/v1/actions/${main!.id}`, 'the same as JSON'],
  ]
}

/** As it may be typed into a shell. */
function quoted(id: string): string {
  return /^[\w:@.,/+-]+$/.test(id) ? id : `'${id.replaceAll("'", "'\\''")}'`
}

import { severities } from '@onbehalf/lineage'
import { actionIn, choiceIn, timeIn, usage } from '../arguments.ts'
import type { Command } from '../command.ts'
import { findingLines, type FindingItem } from '../lineage-page/findings.ts'
import { findingPage, type FindingDocument } from '../lineage-page/finding-page.ts'
import { ask, itemsOf, findServer, type Server } from '../server/server.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { visible, visibleDeep } from '../terminal/text.ts'

const actions = ['list', 'show', 'acknowledge', 'accept'] as const
const statuses = ['open', 'unacknowledged', 'acknowledged', 'resolved', 'all'] as const
const shownMax = 50

export const findings: Command = {
  name: 'findings',
  summary: 'What is wrong or missing: list, show, acknowledge, accept',
  arguments: [`[${actions.join('|')}]`, '[id]'],
  about:
    'Lists what the rules have found, newest first: the open ones unless --status says otherwise. `show` tells what one rests on and what would '
    + 'resolve it, `acknowledge` that somebody has seen it, `accept` that it may be so until a date. With --fail-on the command ends with 1 if one of that '
    + 'severity or a graver one is open and not accepted, provisional ones among them.',
  examples: [
    ['onbehalf findings', 'All that are open.'],
    ['onbehalf findings --severity high --rule DEC-01,TIM-02', 'The grave ones of two rules.'],
    ['onbehalf findings --fail-on critical', 'For a pipeline: 0 none, 1 there is one.'],
    ['onbehalf findings show DEC-01:act-refund-17', 'One of them, with its history and its entries.'],
    ['onbehalf findings acknowledge DEC-01:act-refund-17 --reason "Asked the payments team"', 'Somebody has seen it; it stays open.'],
    ['onbehalf findings accept TIM-04:gra-9 --until 2026-12-31 --reason "CHG-1203 goes on"', 'It may be so until then; 30d does as well.'],
  ],
  options: {
    rule: { value: 'ids', meaning: 'Of these rules, commas between' },
    severity: { value: 'severity', meaning: `Of this severity or graver: ${severities.join(', ')}` },
    status: { value: 'status', meaning: `${statuses.join(', ')} (default open)` },
    action: { value: 'id', meaning: 'Shown on this action' },
    agent: { value: 'id', meaning: 'Of this agent and what it did' },
    delegation: { value: 'id', meaning: 'Of this delegation and what was done under it' },
    'fail-on': { value: 'severity', meaning: 'End with 1 if one of this severity or graver is open' },
    limit: { value: 'n', meaning: `How many are listed (default ${shownMax}; with --json all)` },
    until: { value: 'time', meaning: 'accept: until when, a time, a date, or such as 30d' },
    reason: { value: 'text', meaning: 'acknowledge, accept: why' },
  },
  async run({ args, options, terminal, env }) {
    const json = options['json'] !== undefined
    const action = actionIn('findings', args[0] ?? 'list', actions)
    const failOn = choiceIn('findings', 'fail-on', options['fail-on'], severities)
    if (action === 'list') {
      if (args[1] !== undefined) throw usage('findings', `findings list takes no id; did you mean findings show ${args[1]}?`)
      const filter = filterOf(options)
      const limit = limitOf(options['limit'], json)
      const server = findServer(env)
      await list(server, filter, limit, terminal, json)
      if (failOn === undefined) return 0
      const grave = await firstUnaccepted(server, filter, failOn)
      if (grave === null) return 0
      terminal.say(visible(`${grave.severity} ${grave.id} is open.`))
      return 1
    }
    if (args[1] === undefined) throw usage('findings', `findings ${action} needs an <id>.`)
    const body = action === 'show' ? null : bodyOf(action, options)
    const server = findServer(env)
    const path = `/v1/findings/${encodeURIComponent(args[1].trim())}`
    const found: FindingDocument = body === null
      ? await ask(server, `${server.apiUrl}${path}`, { retries: 3 })
      : await ask(server, `${server.apiUrl}${path}/${action}`, { method: 'POST', contentType: 'application/json', body: JSON.stringify(body), retries: 3 })
    if (json) terminal.printJson(found)
    else terminal.print(findingPage(visibleDeep(found), terminal))
    return 0
  },
}

type Options = Readonly<Record<string, string | true>>

/** What restricts the list, as the API takes it. */
function filterOf(options: Options): URLSearchParams {
  choiceIn('findings', 'severity', options['severity'], severities)
  choiceIn('findings', 'status', options['status'], statuses)
  return new URLSearchParams(['rule', 'severity', 'status', 'action', 'agent', 'delegation'].flatMap((name) => (options[name] === undefined ? [] : [[name, String(options[name])] as [string, string]])))
}

function limitOf(given: string | true | undefined, json: boolean): number {
  if (given === undefined) return json ? Infinity : shownMax
  if (/^[1-9]\d{0,8}$/.test(String(given))) return Number(given)
  throw usage('findings', `--limit must be a whole number from 1, not ${JSON.stringify(given)}.`)
}

function bodyOf(action: 'acknowledge' | 'accept', options: Options): { reason?: string; until?: string } {
  const reason = options['reason'] === undefined ? undefined : String(options['reason'])
  if (action === 'acknowledge') {
    if (options['until'] !== undefined) throw usage('findings', 'findings acknowledge takes no --until; did you mean findings accept?')
    return reason === undefined ? {} : { reason }
  }
  const until = timeIn('findings', 'until', options['until'], 1)
  if (until === undefined || reason === undefined) throw usage('findings', 'findings accept needs --until <time> and --reason <text>.')
  return { until, reason }
}

async function list(server: Server, filter: URLSearchParams, limit: number, terminal: Terminal, json: boolean): Promise<void> {
  let shown = 0
  const parameters = new URLSearchParams(filter)
  parameters.set('limit', String(Math.min(limit, 200)))
  for await (const finding of itemsOf<FindingItem>(server, `/v1/findings?${parameters}`)) {
    if (shown === limit) {
      if (!json) terminal.print(terminal.style.dim(`\nThere are more: --limit shows them, --rule, --severity and --agent restrict them.`))
      return
    }
    if (json) terminal.printJson(finding)
    else terminal.print(listed(visibleDeep(finding), terminal).join('\n'))
    shown++
  }
  if (shown > 0 || json) return
  const status = filter.get('status') ?? 'open'
  terminal.print(status === 'all' ? 'Nothing has been found.' : `No finding is ${status}${filter.size > (filter.has('status') ? 1 : 0) ? ' that fits' : ''}.`)
}

function listed(finding: FindingItem, terminal: Terminal): string[] {
  return [...findingLines(finding, terminal), terminal.style.dim(`            ${finding.id}`)]
}

/** What was accepted until a date is somebody's decision, and fails nothing until then. */
async function firstUnaccepted(server: Server, filter: URLSearchParams, severity: string): Promise<FindingItem | null> {
  const parameters = new URLSearchParams(filter)
  parameters.set('status', 'open')
  parameters.set('severity', severity)
  parameters.set('limit', '200')
  for await (const finding of itemsOf<FindingItem>(server, `/v1/findings?${parameters}`)) {
    const { acknowledged } = finding
    const accepted = acknowledged?.in_force === true && acknowledged.accepted_until !== undefined && acknowledged.accepted_until !== null
    if (!accepted) return finding
  }
  return null
}

import { timeIn, usage } from '../arguments.ts'
import type { Command } from '../command.ts'
import { timeOf } from '../lineage-page/view.ts'
import { ask, findServer } from '../server/server.ts'
import { visible, wrapped } from '../terminal/text.ts'

export const retract: Command = {
  name: 'retract',
  summary: 'Strike through what a misconfigured producer said',
  arguments: [],
  about:
    'What the producer said and Onbehalf received in that time stays in the journal and is shown, struck through, and counts for nothing any more: legs, findings '
    + 'and coverage are derived again without it. It is an entry of the tenant\'s own log and cannot be taken back; the events can be sent again, corrected. '
    + 'Without --received-to it reaches up to now, without --received-from from the beginning.',
  examples: [
    ['onbehalf retract --producer pdp-eu --received-from 2026-11-24T09:00:00Z --received-to 2026-11-24T10:00:00Z --reason "Wrong tenant"', 'An hour of it.'],
    ['onbehalf retract --producer pdp-eu --received-from 2h --reason "Test data"', 'The last two hours.'],
  ],
  options: {
    producer: { value: 'id', meaning: 'Whose word it was' },
    'received-from': { value: 'time', meaning: 'Received since: a time, a date, or such as 2h (default: the beginning)' },
    'received-to': { value: 'time', meaning: 'Received until (default: now)' },
    reason: { value: 'text', meaning: 'Why; it is kept' },
  },
  async run({ options, terminal, env }) {
    const { producer, reason } = options
    if (producer === undefined || reason === undefined) throw usage('retract', 'retract needs --producer <id> and --reason <text>.')
    const from = timeIn('retract', 'received-from', options['received-from'], -1)
    const to = timeIn('retract', 'received-to', options['received-to'], -1)
    if (from !== undefined && to !== undefined && Date.parse(from) > Date.parse(to)) throw usage('retract', '--received-from is later than --received-to.')
    const server = findServer(env)
    const retraction: Retraction = await ask(server, `${server.apiUrl}/v1/retractions`, {
      method: 'POST', contentType: 'application/json',
      body: JSON.stringify({ producer, ...(from === undefined ? {} : { received_from: from }), ...(to === undefined ? {} : { received_to: to }), reason }),
    })
    if (options['json'] !== undefined) return void terminal.printJson(retraction)
    const { received_from, received_to, at } = retraction
    terminal.print(wrapped(visible(
      `What ${retraction.producer} said${received_from === null ? '' : `, received from ${timeOf(received_from)}`} until ${timeOf(received_to ?? at)}, counts for nothing any more. `
      + 'What rests on it is derived again; `onbehalf coverage` and the findings follow in a moment.'), terminal.columns).join('\n'))
  },
}

/** The answer of `POST /v1/retractions`. */
interface Retraction {
  id: string
  producer: string
  received_from: string | null
  received_to: string | null
  at: string
}

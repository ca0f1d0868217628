import type { Lineage } from '@onbehalf/lineage'
import { OnbehalfError } from '@onbehalf/runtime'
import type { Command } from '../command.ts'
import { actionPage } from '../lineage-page/action-page.ts'
import { surroundingsPage, type SurroundingsDocument } from '../lineage-page/surroundings-page.ts'
import { ask, findServer, type Server } from '../server/server.ts'
import { visibleDeep } from '../terminal/text.ts'

export const trace: Command = {
  name: 'trace',
  summary: 'The whole story of an action, a trace or a session',
  arguments: ['<id>'],
  about:
    'Shows who initiated it, through which chain of delegations, under which decision and with what outcome, what is missing and why, and '
    + 'the entries behind each leg. The id may be an action\'s, else a trace\'s (any case, dashes or a whole traceparent), else a session\'s.',
  examples: [
    ['onbehalf trace act-refund-17', 'One action.'],
    ['onbehalf trace act-refund-17 --as-of 2026-11-24T09:00:00Z', 'What was known then.'],
    ['onbehalf trace 0af7651916cd43dd8448eb211c80319c --json', 'Everything of a trace, as the API answers it.'],
  ],
  options: {
    'as-of': { value: 'time', meaning: 'What was known at this time (RFC 3339)' },
    'at-least': { value: 'position', meaning: 'Wait until this position (of `send` or a 202 answer) has been read' },
  },
  async run({ args, options, terminal, env }) {
    const server = findServer(env)
    const found = await look(server, args[0]!.trim(), query(options['as-of'], options['at-least']))
    if (options['json'] !== undefined) {
      terminal.printJson(found.document)
      return
    }
    const view = { columns: terminal.columns, style: terminal.style }
    terminal.print(found.kind === 'action'
      ? actionPage(visibleDeep(found.document), view)
      : surroundingsPage(found.kind, visibleDeep(found.document), view))
  },
}

type Found =
  | { kind: 'action'; document: Lineage }
  | { kind: 'trace' | 'session'; document: SurroundingsDocument }

/** @throws OnbehalfError `not_found` when the id is nobody's */
async function look(server: Server, id: string, query: string): Promise<Found> {
  const path = encodeURIComponent(id)
  const action = await tryAsk(server, `/v1/actions/${path}${query}`)
  if (action !== null) return { kind: 'action', document: action }
  const ofTrace = await tryAsk(server, `/v1/traces/${path}${query}`)
  if (ofTrace !== null) return { kind: 'trace', document: ofTrace }
  const ofSession = await tryAsk(server, `/v1/sessions/${path}${query}`)
  if (ofSession !== null) return { kind: 'session', document: ofSession }
  throw new OnbehalfError('not_found', `There is no action, trace or session ${JSON.stringify(id.slice(0, 100))}.`, {
    next: query === '' ? 'Check the id. What was sent a moment ago may need a moment more.' : 'Check the id and the time.',
  })
}

/** Null where the server knows no such thing, or where the id cannot be the name of one. */
async function tryAsk(server: Server, path: string): Promise<any> {
  try {
    return await ask(server, `${server.apiUrl}${path}`, { retries: 3 })
  } catch (error) {
    if (!(error instanceof OnbehalfError)) throw error
    const ofPath = Array.isArray(error.details['errors']) && error.details['errors'].every((each) => each?.in === 'params')
    if (error.code === 'not_found' || (error.code === 'invalid_request' && ofPath)) return null
    throw error
  }
}

function query(asOf: string | true | undefined, atLeast: string | true | undefined): string {
  const parameters = new URLSearchParams()
  if (asOf !== undefined) parameters.set('as_of', String(asOf))
  if (atLeast !== undefined) parameters.set('at_least', String(atLeast))
  return parameters.size === 0 ? '' : `?${parameters}`
}

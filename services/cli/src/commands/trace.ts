import type { Lineage } from '@onbehalf/lineage'
import { OnbehalfError } from '@onbehalf/runtime'
import type { Command } from '../command.ts'
import { agentPage, type AgentDocument } from '../inventory-page/agent-page.ts'
import { actionPage } from '../lineage-page/action-page.ts'
import { delegationPage, type DelegationDocument } from '../lineage-page/delegation-page.ts'
import { surroundingsPage, type SurroundingsDocument } from '../lineage-page/surroundings-page.ts'
import type { View } from '../lineage-page/view.ts'
import { ask, findServer, type Server } from '../server/server.ts'
import { visibleDeep } from '../terminal/text.ts'

export const trace: Command = {
  name: 'trace',
  summary: 'The whole story of an action, a session, a delegation, an agent',
  arguments: ['<id>'],
  about:
    'Shows who initiated it, through which chain of delegations, under which decision and with what outcome, what is wrong with it, what is missing and '
    + 'why, and the entries behind each leg. The id may be an action\'s (or that of its decision or approval), else a trace\'s (any case, dashes or a whole '
    + 'traceparent), a session\'s, a delegation\'s (with all that was made from it), or an agent\'s.',
  examples: [
    ['onbehalf trace act-refund-17', 'One action.'],
    ['onbehalf trace act-refund-17 --as-of 2026-11-24T09:00:00Z', 'What was known then.'],
    ['onbehalf trace del-alice-1', 'A delegation: its chain, its tree, what was done under it.'],
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
    terminal.print(pageOf(found, terminal))
  },
}

type Found =
  | { kind: 'action'; document: Lineage }
  | { kind: 'trace' | 'session'; document: SurroundingsDocument }
  | { kind: 'delegation'; document: DelegationDocument }
  | { kind: 'agent'; document: AgentDocument }

const kinds = ['action', 'trace', 'session', 'delegation', 'agent'] as const

function pageOf(found: Found, view: View): string {
  switch (found.kind) {
    case 'action': return actionPage(visibleDeep(found.document), view)
    case 'delegation': return delegationPage(visibleDeep(found.document), view)
    case 'agent': return agentPage(visibleDeep(found.document), view)
    default: return surroundingsPage(found.kind, visibleDeep(found.document), view)
  }
}

/** @throws OnbehalfError `not_found` when the id is nobody's */
async function look(server: Server, id: string, query: string): Promise<Found> {
  let last: OnbehalfError | undefined
  for (const kind of kinds) {
    const found = await tryAsk(server, `/v1/${kind}s/${encodeURIComponent(id)}${query}`)
    if (!(found instanceof OnbehalfError)) return { kind, document: found } as Found
    // A decision's or an approval's id: the server knows which action it is of.
    const href = kind === 'action' ? hrefOf(found, /^\/v1\/actions\//) : null
    const action = href === null ? null : await tryAsk(server, `${href}${query}`)
    if (action !== null && !(action instanceof OnbehalfError)) return { kind: 'action', document: action }
    last ??= found
  }
  throw new OnbehalfError('not_found', `There is no action, trace, session, delegation or agent ${JSON.stringify(id.slice(0, 100))}.`, {
    next: query === '' ? 'Check the id. What was sent a moment ago may need a moment more.' : 'Check the id and the time.',
    ...(last === undefined ? {} : { cause: last }),
  })
}

/** Where something of that name is answered, of what the server says it knows by it. */
function hrefOf({ details }: OnbehalfError, wanted: RegExp): string | null {
  const known = Array.isArray(details['known_as']) ? details['known_as'] as { href?: unknown }[] : []
  const href = known.map((each) => each.href).find((each) => typeof each === 'string' && wanted.test(each))
  return href === undefined ? null : String(href)
}

/** The error where the server knows no such thing, or where the id cannot be the name of one. */
async function tryAsk(server: Server, path: string): Promise<any> {
  try {
    return await ask(server, `${server.apiUrl}${path}`, { retries: 3 })
  } catch (error) {
    if (!(error instanceof OnbehalfError)) throw error
    const ofPath = Array.isArray(error.details['errors']) && error.details['errors'].every((each) => each?.in === 'params')
    if (error.code === 'not_found' || (error.code === 'invalid_request' && ofPath)) return error
    throw error
  }
}

function query(asOf: string | true | undefined, atLeast: string | true | undefined): string {
  const parameters = new URLSearchParams()
  if (asOf !== undefined) parameters.set('as_of', String(asOf))
  if (atLeast !== undefined) parameters.set('at_least', String(atLeast))
  return parameters.size === 0 ? '' : `?${parameters}`
}

import type { Command } from '../command.ts'
import { agentListLines, agentPage, type AgentDocument } from '../inventory-page/agent-page.ts'
import { ask, findServer, itemsOf } from '../server/server.ts'
import { visibleDeep } from '../terminal/text.ts'

export const agents: Command = {
  name: 'agents',
  summary: 'Every agent, registered or only seen; or one of them',
  arguments: ['[id]'],
  about:
    'Every agent that the inventory tells of or that has acted: who answers for it, what it reaches, what it could use now, when it was last seen, and how '
    + 'many findings are open. With an id (`iss|sub`, or a bare `sub` if only one agent has it) all that is known of one.',
  examples: [
    ['onbehalf agents', 'All of them.'],
    ['onbehalf agents refund-bot', 'One of them.'],
    ['onbehalf agents --json | jq -r "select(.registered | not) | .key"', 'Those that nobody registered.'],
  ],
  options: {
    'as-of': { value: 'time', meaning: 'With an id: what was known at this time (RFC 3339)' },
  },
  async run({ args, options, terminal, env }) {
    const json = options['json'] !== undefined
    const server = findServer(env)
    const id = args[0]?.trim()
    if (id !== undefined) {
      const asOf = options['as-of'] === undefined ? '' : `?as_of=${encodeURIComponent(String(options['as-of']))}`
      const agent: AgentDocument = await ask(server, `${server.apiUrl}/v1/agents/${encodeURIComponent(id)}${asOf}`, { retries: 3 })
      if (json) terminal.printJson(agent)
      else terminal.print(agentPage(visibleDeep(agent), terminal))
      return
    }
    let count = 0
    for await (const agent of itemsOf<AgentDocument>(server, '/v1/agents')) {
      if (json) terminal.printJson(agent)
      else terminal.print(agentListLines(visibleDeep(agent), terminal).join('\n'))
      count++
    }
    if (count === 0 && !json) terminal.print('No agent has been seen or registered yet.')
  },
}

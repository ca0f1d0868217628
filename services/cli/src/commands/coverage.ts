import type { Command } from '../command.ts'
import { coveragePage, type AgentCoverage } from '../inventory-page/coverage-page.ts'
import { findServer, itemsOf } from '../server/server.ts'
import { visibleDeep } from '../terminal/text.ts'

export const coverage: Command = {
  name: 'coverage',
  summary: 'Who tells what of each agent, and the next thing to add',
  arguments: ['[agent]'],
  about:
    'For each agent: how far up the ladder it is, from spans alone (L0) to inventory, heartbeats and a cloud feed (L4), how much of each leg is told and by '
    + 'whom, which rules that arms, and the one next thing that would make it better.',
  examples: [
    ['onbehalf coverage', 'All agents.'],
    ['onbehalf coverage refund-bot', 'One of them: `iss|sub`, or a bare `sub` if only one agent has it.'],
    ['onbehalf coverage --json | jq -r "select(.next) | [.agent, .next.add] | @tsv"', 'What to add, a line each.'],
  ],
  options: {},
  async run({ args, options, terminal, env }) {
    const server = findServer(env)
    const agents: AgentCoverage[] = []
    const only = args[0] === undefined ? '' : `?agent=${encodeURIComponent(args[0].trim())}`
    for await (const agent of itemsOf<AgentCoverage>(server, `/v1/coverage${only}`)) {
      if (options['json'] !== undefined) terminal.printJson(agent)
      else agents.push(visibleDeep(agent))
      terminal.progress(`${agents.length} agents …`)
    }
    terminal.progress('')
    if (options['json'] === undefined) terminal.print(coveragePage(agents, terminal))
  },
}

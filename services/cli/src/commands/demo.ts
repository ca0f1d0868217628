import { randomBytes } from 'node:crypto'
import { nearestName, OnbehalfError } from '@onbehalf/runtime'
import { scenarios, type Scenario } from '@onbehalf/testkit/scenarios'
import type { Command } from '../command.ts'
import { demoPage } from '../demo/page.ts'
import { beginningOf, outcomeOf, register, sendAll } from '../demo/playing.ts'
import { groupOf, rulesOf, scenarioList } from '../demo/scenario-list.ts'
import { findServer } from '../server/server.ts'

export const demo: Command = {
  name: 'demo',
  summary: 'Play an incident through the public door, and see what came of it',
  arguments: ['[scenario]'],
  about:
    'Registers what the incident needs (and says what), sends its events to the gateway as the parties of it would, with new ids each time, waits '
    + 'until they are read into lineage and its findings are there, and prints them and what to type next. Without a name it is the refund.',
  examples: [
    ['onbehalf demo', 'A refund agent paid 9,800 EUR through two delegations.'],
    ['onbehalf demo --list', 'All incidents there are.'],
    ['onbehalf demo after-revocation', 'One with findings.'],
    ['onbehalf demo approval --json', 'Another one, for a program.'],
  ],
  options: {
    list: { meaning: 'List the incidents, and send nothing' },
    seed: { value: 'text', meaning: 'Make the ids from this instead of anew: the same seed gives the same ids' },
  },
  async run({ args, options, terminal, env }) {
    const json = options['json'] !== undefined
    if (options['list'] !== undefined) {
      const all = Object.values(scenarios)
      if (!json) terminal.print(scenarioList(all, terminal))
      else for (const scenario of all) terminal.printJson({ name: scenario.name, title: scenario.title, group: groupOf(scenario), rules: rulesOf(scenario) })
      return
    }
    const scenario = find(args[0] ?? 'refund')
    const server = findServer(env)
    const seed = String(options['seed'] ?? randomBytes(8).toString('hex'))
    const played = scenario.play({ seed, atMs: beginningOf(scenario, Date.now()) })

    if (played.config !== undefined) terminal.progress('registering …')
    const registered = await register(server, played, `onbehalf demo ${scenario.name} --seed ${seed}`)
    terminal.progress('sending …')
    const position = await sendAll(server, played)
    const outcome = await outcomeOf(server, played, position, terminal)
    terminal.progress('')

    if (!json) terminal.print(demoPage({ scenario, played, outcome, registered, server }, terminal))
    else {
      terminal.printJson({
        scenario: scenario.name, seed, events: played.events.length, position, registered: played.config ?? null,
        actions: played.actions.map(({ id, what }, i) => ({ id, what, summary: outcome.lineages[i]!.summary })),
        findings: outcome.findings, not_yet: outcome.notYet, session_id: played.session_id, trace_id: played.trace_id,
      })
    }
    // What an incident is played for did not show: a script must see that.
    return outcome.notYet.length === 0 ? 0 : 1
  },
}

function find(name: string): Scenario {
  const found = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined
  if (found !== undefined) return found
  const near = nearestName(name, Object.keys(scenarios))
  throw new OnbehalfError('usage', `There is no incident ${JSON.stringify(name)}.${near === null ? '' : ` Did you mean ${near}?`}`, { next: 'See `onbehalf demo --list`.' })
}

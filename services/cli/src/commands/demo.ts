import { randomBytes } from 'node:crypto'
import { nearestName, OnbehalfError } from '@onbehalf/runtime'
import { scenarios, type Scenario } from '@onbehalf/testkit/scenarios'
import type { Command } from '../command.ts'
import { ask, findServer } from '../server/server.ts'
import { wrapped } from '../terminal/text.ts'

export const demo: Command = {
  name: 'demo',
  summary: 'Play an incident through the public door, and see what came of it',
  arguments: ['[scenario]'],
  about:
    'Sends the events of an incident to the gateway, as the parties of it would, with new ids each time, waits until they are read '
    + 'into lineage, and prints the ids and what to type next. Without a name it is the refund.',
  examples: [
    ['onbehalf demo', 'A refund agent paid 9,800 EUR through two delegations.'],
    ['onbehalf demo --list', 'All incidents there are.'],
    ['onbehalf demo approval --json', 'Another one, for a program.'],
  ],
  options: {
    list: { meaning: 'List the incidents, and send nothing' },
    seed: { value: 'text', meaning: 'Make the ids from this instead of anew: the same seed gives the same ids' },
  },
  async run({ args, options, terminal, env }) {
    const json = options['json'] !== undefined
    if (options['list'] !== undefined) {
      for (const { name, title } of Object.values(scenarios)) {
        if (json) terminal.printJson({ name, title })
        else terminal.print(`${terminal.style.bold(name.padEnd(10))}  ${title}`)
      }
      return
    }
    const scenario = find(args[0] ?? 'refund')
    const server = findServer(env)
    const seed = options['seed'] ?? randomBytes(8).toString('hex')
    const played = scenario.play({ seed: String(seed), atMs: Date.now() - lengthMs(scenario) })

    terminal.progress('sending …')
    const { position } = await ask(server, `${server.gatewayUrl}/v1/events`, {
      method: 'POST', contentType: 'application/cloudevents-batch+json', body: JSON.stringify(played.events), retries: 5,
    })
    terminal.progress('waiting for its lineage …')
    const found = []
    for (const { id, what } of played.actions) {
      const lineage = await ask(server, `${server.apiUrl}/v1/actions/${encodeURIComponent(id)}?at_least=${encodeURIComponent(position)}`, { retries: 5 })
      found.push({ id, what, summary: lineage.summary as string })
    }
    terminal.progress('')

    if (json) {
      terminal.printJson({
        scenario: scenario.name, events: played.events.length, position, actions: found, session_id: played.session_id, trace_id: played.trace_id,
      })
      return
    }
    const { bold, dim, cyan } = terminal.style
    const main = found[0]!
    const commands: [line: string, meaning: string][] = [
      [`npx onbehalf trace ${main.id}`, 'the whole story of it'],
      ...found.slice(1).map(({ id, what }): [string, string] => [`npx onbehalf trace ${id}`, what]),
      ...(played.session_id === null ? [] : [[`npx onbehalf trace ${played.session_id}`, 'everything of the session'] as [string, string]]),
      [`curl -H "authorization: Bearer ${server.tokenFrom}" ${server.apiUrl}/v1/actions/${main.id}`, 'the same as JSON'],
    ]
    terminal.print([
      bold(scenario.title),
      ...wrapped(scenario.story, terminal.columns),
      '',
      dim(`${played.events.length} events sent to ${server.gatewayUrl}/v1/events and read into lineage:`),
      ...found.flatMap(({ id, summary }) => [`  ${cyan(id)}`, ...wrapped(summary, terminal.columns, '    ')]),
      dim(`  session ${played.session_id ?? 'none'}   trace ${played.trace_id}`),
      '',
      'Next:',
      ...commands.flatMap(([line, meaning]) => [`  ${line}`, dim(`      ${meaning}`)]),
    ].join('\n'))
  },
}

function find(name: string): Scenario {
  const found = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined
  if (found !== undefined) return found
  const near = nearestName(name, Object.keys(scenarios))
  throw new OnbehalfError('usage', `There is no incident ${JSON.stringify(name)}.${near === null ? '' : ` Did you mean ${near}?`}`, { next: 'See `onbehalf demo --list`.' })
}

/** So that the last event of it has just happened. */
function lengthMs(scenario: Scenario): number {
  const times = scenario.play({ seed: 0, atMs: 0 }).events.map(({ time }) => Date.parse(time))
  return Math.max(...times)
}

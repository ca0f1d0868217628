import { readConfigDocument, type ProducerRegistration } from '@onbehalf/events'
import { nearestName, OnbehalfError } from '@onbehalf/runtime'
import { ruleIds } from '@onbehalf/store'
import { actionIn, usage } from '../arguments.ts'
import type { Command } from '../command.ts'
import { changeConfiguration, readConfiguration, tenantIn } from '../server/configuration.ts'
import { findServer, type Server } from '../server/server.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { visible } from '../terminal/text.ts'

export const producer: Command = {
  name: 'producer',
  summary: 'Register who tells what: add, list, remove',
  arguments: ['<add|list|remove>', '[id]'],
  about:
    'A producer is a credential or a topic that events come from. Registered for a leg (initiator, delegation, decision, approval, execution, '
    + 'outcome; also inventory, grants, heartbeat), what it says of that leg is observed and its silence can be told; unregistered, it is only asserted. '
    + '`add` registers one, or changes what is given of one that is there. Lists have commas between; a trailing * matches a prefix. A tenant\'s first '
    + 'configuration counts since always, later changes from their receipt or --effective-from.',
  examples: [
    ['onbehalf producer add pdp-eu --legs decision --sources "urn:pdp:*"', 'Decisions of the policy engine count as its own word.'],
    ['onbehalf producer add iam --legs inventory,grants --agents "spiffe://acme/*" --delay-ms 900000', 'For some agents, and up to 15 minutes late.'],
    ['onbehalf producer list --json', 'All of them, one JSON object a line.'],
    ['onbehalf producer remove pdp-eu', 'It owns nothing any more; what it said stays.'],
  ],
  options: {
    legs: { value: 'legs', meaning: 'The legs that it owns' },
    sources: { value: 'patterns', meaning: 'CloudEvents sources that it speaks for (default *)' },
    agents: { value: 'patterns', meaning: 'Agents that it speaks about, `sub` or `iss|sub` (default *)' },
    systems: { value: 'patterns', meaning: 'Systems that it speaks about (default *)' },
    'delay-ms': { value: 'ms', meaning: 'How late its events may come (default 10000)' },
    'rate-per-s': { value: 'events', meaning: 'Events a second that it may send (default: not limited)' },
    'effective-from': { value: 'time', meaning: 'From when on the change counts (RFC 3339)' },
    tenant: { value: 'id', meaning: 'Whose producer it is (default: the credential\'s tenant)' },
  },
  async run({ args, options, terminal, env }) {
    const json = options['json'] !== undefined
    const action = actionIn('producer', args[0]!, ['add', 'list', 'remove'])
    const id = args[1]
    if (action === 'list') {
      if (id !== undefined) throw usage('producer', 'producer list takes no id.')
      return list(findServer(env), options, terminal, json)
    }
    if (id === undefined) throw usage('producer', `producer ${action} needs an <id>.`)
    const given = registrationOf(options)
    if (action === 'remove' && Object.keys(given).length > 0) throw usage('producer', 'producer remove takes no more than an id.')
    checkRegistration(id, given)
    const server = findServer(env)
    const { tenant, before, now } = await changeConfiguration(server, whereOf(options), ({ producers, ...rest }) => ({
      ...rest, producers: action === 'add' ? added(producers, id, given) : removed(producers, id),
    }))
    const named = (those: readonly ProducerRegistration[]) => those.find((each) => each.id === id) ?? null
    tell(terminal, json, { action, id, tenant, before: named(before.producers), now: named(now.producers) })
  },
}

type Options = Readonly<Record<string, string | true>>
const whereOf = (options: Options) => ({
  ...(options['tenant'] === undefined ? {} : { tenant: String(options['tenant']) }),
  ...(options['effective-from'] === undefined ? {} : { effectiveFrom: String(options['effective-from']) }),
})
type Given = Partial<Omit<ProducerRegistration, 'id'>>

async function list(server: Server, options: Options, terminal: Terminal, json: boolean): Promise<void> {
  const { document } = await readConfiguration(server)
  const { tenant } = whereOf(options)
  const tenants = tenant === undefined ? Object.keys(document.tenants) : [tenantIn(document, tenant)]
  const all = tenants.flatMap((tenant) => document.tenants[tenant]!.producers.map((registered) => ({ tenant, ...registered })))
  if (json) for (const each of all) terminal.printJson(each)
  else if (all.length === 0) terminal.print('No producer is registered: `default` owns execution, and nobody owns the rest.')
  else terminal.print(all.map((each) => `${tenants.length > 1 ? `${each.tenant}  ` : ''}${sentence(each)}`).join('\n'))
}

function tell(terminal: Terminal, json: boolean, { action, id, tenant, before, now }: { action: 'add' | 'remove'; id: string; tenant: string; before: ProducerRegistration | null; now: ProducerRegistration | null }): void {
  if (json) terminal.printJson(now === null ? { tenant, removed: before } : { tenant, ...now })
  else if (action === 'remove') terminal.print(`${visible(id)} is registered no more.`)
  else terminal.print(sentence(now!))
}

function sentence({ id, legs, sources, agents, systems, delay_ms, rate_per_s }: ProducerRegistration): string {
  const of = (what: string, patterns: readonly string[]) => (patterns.length === 1 && patterns[0] === '*' ? [] : [`${what} ${patterns.join(', ')}`])
  return visible([
    `${id}: ${legs.length === 0 ? 'owns no leg' : legs.join(', ')}`,
    ...of('sources', sources), ...of('agents', agents), ...of('systems', systems),
    ...(delay_ms === 10_000 ? [] : [`up to ${delay_ms} ms late`]),
    ...(rate_per_s === null ? [] : [`at most ${rate_per_s} events a second`]),
  ].join(' · '))
}

function added(producers: readonly ProducerRegistration[], id: string, given: Given): ProducerRegistration[] {
  const fresh: ProducerRegistration = { id, sources: ['*'], legs: [], agents: ['*'], systems: ['*'], delay_ms: 10_000, rate_per_s: null }
  const there = producers.find((each) => each.id === id)
  return there === undefined ? [...producers, { ...fresh, ...given }] : producers.map((each) => (each === there ? { ...each, ...given } : each))
}

function removed(producers: readonly ProducerRegistration[], id: string): ProducerRegistration[] {
  if (!producers.some((each) => each.id === id)) {
    const near = nearestName(id, producers.map((each) => each.id))
    throw new OnbehalfError('not_found', `There is no producer ${JSON.stringify(id)}.${near === null ? '' : ` Did you mean ${near}?`}`, { next: 'See `onbehalf producer list`.' })
  }
  return producers.filter((each) => each.id !== id)
}

function registrationOf(options: Options): Given {
  const given: Record<string, unknown> = {}
  for (const name of ['legs', 'sources', 'agents', 'systems']) {
    if (options[name] !== undefined) given[name] = String(options[name]).split(',').map((each) => each.trim()).filter((each) => each !== '')
  }
  for (const [name, field] of [['delay-ms', 'delay_ms'], ['rate-per-s', 'rate_per_s']] as const) {
    if (options[name] !== undefined) given[field] = options[name] === 'null' ? null : /^[0-9.]+$/.test(String(options[name])) ? Number(options[name]) : options[name]
  }
  return given as Given
}

/** What the server would refuse, told in the words of the command. @throws OnbehalfError `usage` */
function checkRegistration(id: string, given: Given): void {
  const read = readConfigDocument({ tenants: { default: { producers: [{ id, ...given }] } } }, { rules: ruleIds })
  if (read.ok) return
  const { path, rule, value } = read.errors[0]!
  const field = path.split('/')[5]
  const what = field === 'id' || field === undefined ? 'The id' : `--${field.replaceAll('_', '-')}`
  throw usage('producer', `${what} ${rule}${value === undefined ? '' : `, not ${JSON.stringify(value)}`}.`.replace('?.', '?'))
}

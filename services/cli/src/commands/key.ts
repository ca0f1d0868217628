import { nearestName, OnbehalfError, readApiKey, type Role } from '@onbehalf/runtime'
import { actionIn, timeIn, usage } from '../arguments.ts'
import type { Command } from '../command.ts'
import { keyLine, madeKeyPage, type Key, type MadeKey } from '../key-page/key-page.ts'
import { readConfiguration, tenantIn } from '../server/configuration.ts'
import { ask, findServer, itemsOf, type Server } from '../server/server.ts'
import { visible } from '../terminal/text.ts'

const roles: readonly Role[] = ['producer', 'responder', 'auditor', 'admin']

export const key: Command = {
  name: 'key',
  summary: 'API keys: create, list, revoke',
  arguments: ['<create|list|revoke>', '[prefix]'],
  about:
    'A key of role producer speaks as one registered producer and does nothing else; responder, auditor and admin ask within one tenant. '
    + '`create` prints the key on the standard output, once: only a digest of it is kept. It is good for 90 days, or --expires, or --no-expiry. '
    + '`revoke` takes a key back for good, by what it begins with (`obk_` and 8 characters); every door knows within two seconds. To rotate a key, create '
    + 'another one, put it in its place, and revoke the old one when `list` shows that it is not used any more.',
  examples: [
    ['onbehalf key create --producer pdp-eu', 'For the policy engine that is registered as pdp-eu.'],
    ['onbehalf key create --producer agents --name "refund agents" --expires 30d --quiet', 'The key and nothing else, for a script that fills in OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20<key>".'],
    ['onbehalf key create --role auditor --name "Ana, internal audit"', 'To ask, not to speak.'],
    ['onbehalf key list --json', 'All of them, one JSON object a line; never a secret.'],
    ['onbehalf key revoke obk_k3v7q2ma', 'It is refused from now on.'],
  ],
  options: {
    producer: { value: 'id', meaning: 'The producer that the key speaks as' },
    role: { value: 'roles', meaning: 'responder, auditor, admin, with commas between (default producer)' },
    name: { value: 'text', meaning: 'What people call it' },
    expires: { value: 'time', meaning: 'Until when: a time, a date, or such as 30d (default 90d)' },
    'no-expiry': { meaning: 'Without end' },
    tenant: { value: 'id', meaning: 'Whose key it is (default: the credential\'s tenant)' },
  },
  async run({ args, options, terminal, env }) {
    const json = options['json'] !== undefined
    const action = actionIn('key', args[0]!, ['create', 'list', 'revoke'])
    const given = args[1]
    if (action !== 'create') {
      const foreign = ['producer', 'role', 'name', 'expires', 'no-expiry'].find((option) => options[option] !== undefined)
      if (foreign !== undefined) throw usage('key', `key ${action} takes no --${foreign}.`)
    }
    if (action === 'revoke') {
      const prefix = prefixIn(given)
      const server = findServer(env)
      const revoked: Key = await ask(server, `${server.apiUrl}/v1/keys/${prefix}/revoke`, { method: 'POST', headers: seatOf(options), retries: 3 })
      return json ? terminal.printJson(revoked) : terminal.print(keyLine(revoked))
    }
    if (given !== undefined) throw usage('key', `key ${action} takes no prefix; there is also ${JSON.stringify(given)}.`)
    if (action === 'list') {
      let none = true
      for await (const each of itemsOf<Key>(findServer(env), '/v1/keys?limit=200', seatOf(options))) {
        none = false
        if (json) terminal.printJson(each)
        else terminal.print(keyLine(each))
      }
      if (none && !json) terminal.print('There are no keys: who comes in has the bootstrap token.')
      return
    }

    const wanted = wantedBy(options)
    const server = findServer(env)
    const made = await create(server, wanted, options)
    if (json) return terminal.printJson(made)
    for (const line of madeKeyPage(made, terminal.columns)) terminal.say(line)
    // Alone on the standard output, so that a script can take it from there.
    terminal.print(visible(made.key))
  },
}

type Options = Readonly<Record<string, string | true>>
const seatOf = (options: Options): Record<string, string> => (options['tenant'] === undefined ? {} : { 'onbehalf-tenant': String(options['tenant']) })

interface Wanted {
  roles: Role[]
  producer?: string
  name?: string
  expires_at?: string | null
}

/** What the server would refuse, told in the words of the command. @throws OnbehalfError `usage` */
function wantedBy(options: Options): Wanted {
  const { producer, role, name, expires } = options
  const given = role === undefined ? ['producer'] : String(role).split(',').map((each) => each.trim()).filter((each) => each !== '')
  for (const each of given) {
    if ((roles as readonly string[]).includes(each)) continue
    const near = nearestName(each, roles)
    throw usage('key', `--role must be of ${roles.join(', ')}, not ${JSON.stringify(each)}.${near === null ? '' : ` Did you mean ${near}?`}`)
  }
  if (given.length === 0) throw usage('key', `--role must be of ${roles.join(', ')}.`)
  if (given.includes('producer') && given.length > 1) throw usage('key', 'A key of role producer does nothing else: who speaks does not ask.')
  if (given[0] === 'producer' && producer === undefined) throw usage('key', 'key create needs --producer <id>, or --role <roles> for a key that asks.')
  if (given[0] !== 'producer' && producer !== undefined) throw usage('key', '--producer goes with the role producer alone.')
  if (expires !== undefined && options['no-expiry'] !== undefined) throw usage('key', 'Either --expires or --no-expiry.')
  const until = timeIn('key', 'expires', expires, 1)
  if (until !== undefined && Date.parse(until) <= Date.now()) throw usage('key', `--expires must be a time to come, not ${JSON.stringify(expires)}.`)
  return {
    roles: given as Role[],
    ...(producer === undefined ? {} : { producer: String(producer) }),
    ...(name === undefined ? {} : { name: String(name) }),
    ...(until === undefined ? (options['no-expiry'] === undefined ? {} : { expires_at: null }) : { expires_at: until }),
  }
}

/** Not tried again when nobody knows whether it was done: the key of the first time would be there, and nobody would have it. */
async function create(server: Server, wanted: Wanted, options: Options): Promise<MadeKey> {
  try {
    return await ask(server, `${server.apiUrl}/v1/keys`, { method: 'POST', contentType: 'application/json', headers: seatOf(options), body: JSON.stringify(wanted) })
  } catch (error) {
    if (!(error instanceof OnbehalfError) || error.code !== 'producer_unknown' || wanted.producer === undefined) throw error
    const { document } = await readConfiguration(server)
    const known = document.tenants[tenantIn(document, options['tenant'] === undefined ? undefined : String(options['tenant']))]!.producers.map(({ id }) => id)
    const near = nearestName(wanted.producer, known)
    throw new OnbehalfError('producer_unknown', `${error.message}${near === null ? '' : ` Did you mean ${near}?`}`, { cause: error, next: error.next })
  }
}

/** A whole key names itself, too, and its secret goes nowhere. @throws OnbehalfError `usage` */
function prefixIn(given: string | undefined): string {
  if (given === undefined) throw usage('key', 'key revoke needs a <prefix>, such as obk_k3v7q2ma.')
  const prefix = readApiKey(given.trim())?.prefix ?? given.trim()
  if (!/^obk_[a-z2-7]{8}$/.test(prefix)) throw usage('key', `${JSON.stringify(given)} is no prefix of a key: obk_ and 8 characters. \`onbehalf key list\` shows them.`)
  return prefix
}

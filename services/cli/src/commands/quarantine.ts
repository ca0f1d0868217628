import { read } from '@onbehalf/events'
import { loadConfig, nearestName, OnbehalfError } from '@onbehalf/runtime'
import { readEntry, sha256Hex } from '@onbehalf/store'
import type { EntryRef } from '@onbehalf/lineage'
import { actionIn, usage } from '../arguments.ts'
import type { Command } from '../command.ts'
import { borrowDatabase, withClient } from '../instance/database.ts'
import { quarantineLines, quarantinePage, type QuarantineCase, type Sample } from '../quarantine-page/quarantine-page.ts'
import { findServer, isThisDirectorys, itemsOf, type Server } from '../server/server.ts'
import { visibleDeep } from '../terminal/text.ts'

export const quarantine: Command = {
  name: 'quarantine',
  summary: 'What could not be read, and why: list, show',
  arguments: ['[list|show]', '[id]'],
  about:
    'What was received and is no event that Onbehalf understands: it is kept, and in no lineage. There is one case for each producer and reason, with its first '
    + 'entries as samples. `show` prints these as they were received, with the fields that are wrong. Correct the producer and send the events again: the case stays '
    + 'as it is and grows no more.',
  examples: [
    ['onbehalf quarantine', 'All cases, the most recent first.'],
    ['onbehalf quarantine show q-1f0c9a7b3d5e2468', 'One of them, with its samples.'],
  ],
  options: {},
  async run({ args, options, terminal, env }) {
    const json = options['json'] !== undefined
    const [action, id] = [actionIn('quarantine', args[0] ?? 'list', ['list', 'show']), args[1]?.trim()]
    if (action === 'list' && id !== undefined) throw usage('quarantine', `quarantine list takes no id; did you mean quarantine show ${id}?`)
    if (action === 'show' && id === undefined) throw usage('quarantine', 'quarantine show needs an <id>.')
    const server = findServer(env)
    if (action === 'show') {
      const found = await find(server, id!)
      const samples = await samplesOf(server, found.samples, env)
      if (json) terminal.printJson({ ...found, samples })
      else terminal.print(quarantinePage(visibleDeep(found), visibleDeep(samples), terminal))
      return
    }
    let count = 0
    for await (const each of itemsOf<QuarantineCase>(server, '/v1/quarantine')) {
      if (json) terminal.printJson(each)
      else terminal.print(quarantineLines(visibleDeep(each), terminal).join('\n'))
      count++
    }
    if (count === 0 && !json) terminal.print('Nothing is in quarantine: everything that was received could be read.')
  },
}

async function find(server: Server, id: string): Promise<QuarantineCase> {
  const ids: string[] = []
  for await (const each of itemsOf<QuarantineCase>(server, '/v1/quarantine?limit=200')) {
    if (each.id === id) return each
    ids.push(each.id)
  }
  const near = nearestName(id, ids)
  throw new OnbehalfError('not_found', `There is no case ${JSON.stringify(id)}.${near === null ? '' : ` Did you mean ${near}?`}`, { next: 'See `onbehalf quarantine list`.' })
}

/**
 * The samples with what was received. Lineage has only what could be read, so the API shows where the others stand and not
 * what they hold: that is read from the database, by who runs the instance.
 */
async function samplesOf(server: Server, refs: readonly EntryRef[], env: Record<string, string | undefined>): Promise<Sample[]> {
  if (refs.length === 0 || !isThisDirectorys(server, env)) return refs.map((ref) => ({ ...ref, content: null, errors: [] }))
  return borrowDatabase(loadConfig(env), env, ({ url }) => withClient(url, async (client) => {
    const samples: Sample[] = []
    for (const ref of refs) {
      const [, tenant, logId] = /^([^/]+)\/(.+)$/.exec(ref.log) ?? []
      const found = tenant === undefined ? null : await readEntry(client, tenant, logId!, ref.index)
      const content = found?.entry.content ?? null
      samples.push({ ...ref, content: content === null ? null : content.toString('base64'), errors: content === null ? [] : errorsOf(ref, tenant!, content) })
    }
    return samples
  }))
}

/** Why it cannot be read, in the words of today's release. */
function errorsOf({ kind, producer }: EntryRef, tenant: string, content: Uint8Array): Sample['errors'] {
  const reading = read(kind as Parameters<typeof read>[0], content, { tenant, producer, sha256: sha256Hex })
  if (reading.ok) return []
  const { message, errors } = reading.rejection
  return errors.length === 0 ? [{ path: '', rule: message }] : errors.map(({ path, rule }) => ({ path, rule }))
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { CloudEvent } from '@onbehalf/events'
import { byGravity, type Lineage } from '@onbehalf/lineage'
import { OnbehalfError } from '@onbehalf/runtime'
import type { Played, Scenario } from '@onbehalf/testkit/scenarios'
import type { FindingItem } from '../lineage-page/findings.ts'
import { changeConfiguration } from '../server/configuration.ts'
import { Positions } from '../server/position.ts'
import { ask, type Server } from '../server/server.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { registrationOf, withScenario } from './registration.ts'

/** When it must have begun, so that the last event of it has just happened: deadlines of what is absent have then passed. */
export function beginningOf(scenario: Scenario, nowMs: number): number {
  const times = scenario.play({ seed: 0, atMs: 0 }).events.map(({ time }) => Date.parse(time))
  return nowMs - Math.max(...times)
}

/** Adds what the incident needs to the tenant's configuration, from before its first event on. Answers whether anything was new. */
export async function register(server: Server, { config, events }: Played, again: string): Promise<boolean> {
  if (config === undefined) return false
  const firstMs = Math.min(...events.map(({ time }) => Date.parse(time)))
  try {
    const { before, now } = await changeConfiguration(server, { effectiveFrom: new Date(firstMs).toISOString() }, (part) => withScenario(part, config))
    return before !== now
  } catch (error) {
    if (!(error instanceof OnbehalfError) || error.code !== 'config_file_set') throw error
    const part = { producers: config.producers.map(registrationOf), ...(config.rules === undefined ? {} : { rules: config.rules }), ...(config.budgets === undefined ? {} : { budgets: config.budgets }) }
    throw new OnbehalfError('config_file_set', `This incident needs something registered, and the configuration comes from a file. Its tenant needs:\n${JSON.stringify(part)}`, {
      cause: error,
      details: { add: part },
      next: `What is added to a file counts from then on, and the incident tells of the time before. So play it on an instance of its own: start one on another `
        + `ONBEHALF_DATA_DIR, without ONBEHALF_CONFIG_FILE or with this in it, and run \`${again}\` there.`,
    })
  }
}

/** Sends the events in the order of the story, each as the producer whose it is. Answers the position to wait for. */
export async function sendAll(server: Server, { events, producers = {} }: Played): Promise<string> {
  const positions = new Positions()
  for (const { producer, batch } of inTurns(events, producers)) {
    const { position } = await ask(server, `${server.gatewayUrl}/v1/events`, {
      method: 'POST', contentType: 'application/cloudevents-batch+json', body: JSON.stringify(batch), retries: 5,
      headers: producer === null ? {} : { 'onbehalf-producer': producer },
    })
    positions.add(position)
  }
  return positions.toString()
}

/** As long as the same one speaks, it is one request. */
export function inTurns(events: readonly CloudEvent[], producers: Readonly<Record<string, string>>): { producer: string | null; batch: CloudEvent[] }[] {
  const turns: { producer: string | null; batch: CloudEvent[] }[] = []
  for (const event of events) {
    const producer = producers[event.source] ?? null
    const last = turns.at(-1)
    if (last?.producer === producer) last.batch.push(event)
    else turns.push({ producer, batch: [event] })
  }
  return turns
}

export interface Outcome {
  lineages: Lineage[]
  /** What was found of that which was to be found, the gravest first. */
  findings: FindingItem[]
  /** Expected, and not there when the time was up. */
  notYet: string[]
}

/** Longer than it takes until the clock may be read of everything that was sent. */
const findingsWithinMs = 30_000

/** Waits until the events are lineage, then for the findings: those of absence need the clock to have passed. */
export async function outcomeOf(server: Server, played: Played, position: string, terminal: Pick<Terminal, 'progress'>): Promise<Outcome> {
  const at = `at_least=${encodeURIComponent(position)}`
  const lineagesNow = () => Promise.all(played.actions.map(({ id }): Promise<Lineage> => ask(server, `${server.apiUrl}/v1/actions/${encodeURIComponent(id)}?${at}`, { retries: 5 })))
  terminal.progress('waiting for its lineage …')
  let lineages = await lineagesNow()
  for (const deadline = Date.now() + findingsWithinMs; ; await sleep(300)) {
    const { found, notYet } = await expected(server, played.findings)
    if (notYet.length === 0 || Date.now() > deadline) return { lineages: played.findings.length === 0 ? lineages : await lineagesNow(), findings: found, notYet }
    terminal.progress(`waiting for findings, ${found.length} of ${played.findings.length} there; absence needs the clock …`)
  }
}

async function expected(server: Server, ids: readonly string[]): Promise<{ found: FindingItem[]; notYet: string[] }> {
  const rules = [...new Set(ids.map((id) => id.slice(0, id.indexOf(':'))))]
  const all = (await Promise.all(rules.map((rule) => listed(server, rule)))).flat()
  const found = all.filter(({ id, resolved_at }) => resolved_at === null && ids.some((wanted) => matches(id, wanted))).sort(byGravity)
  return { found, notYet: ids.filter((wanted) => !found.some(({ id }) => matches(id, wanted))) }
}

/** The most recent of a rule: those of an incident that has just been played are among them. */
async function listed(server: Server, rule: string): Promise<FindingItem[]> {
  const { items } = await ask(server, `${server.apiUrl}/v1/findings?rule=${encodeURIComponent(rule)}&limit=200`, { retries: 5 })
  return items as FindingItem[]
}

/** A trailing `*` matches any rest. */
const matches = (id: string, wanted: string): boolean => (wanted.endsWith('*') ? id.startsWith(wanted.slice(0, -1)) : id === wanted)

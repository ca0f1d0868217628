import type { CloudEvent } from '@onbehalf/events'
import type { Lineage } from '@onbehalf/lineage'
import { createRandom, differences, duplicated, findingDifferences, scenarios, split, type Played, type ToldFinding } from '@onbehalf/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { justNow, serveJournal, tell, type ServedJournal } from './testing/served-journal.ts'

const names = Object.keys(scenarios)

interface Way {
  way: string
  /** What arrives, partition by partition. */
  arranged: (events: readonly CloudEvent[], seed: string) => CloudEvent[][]
}

const ways: Way[] = [
  { way: 'as sent', arranged: (events) => [[...events]] },
  { way: 'shuffled', arranged: (events, seed) => [createRandom(seed).shuffled(events)] },
  { way: 'duplicated', arranged: (events, seed) => [duplicated(createRandom(seed), events, 0.5)] },
  { way: 'split over three partitions', arranged: (events, seed) => split(createRandom(seed), events, 3) },
]

/** Every incident in a tenant of its own, with what it needs registered, read through the API as anybody reads it. */
describe.each(ways)('every incident, $way', ({ way, arranged }) => {
  let served: ServedJournal
  const incidents = new Map<string, Played>(names.map((name) => [name, justNow(scenarios[name]!, `${way}-${name}`)]))

  beforeAll(async () => {
    served = await serveJournal()
    await served.configure({
      tenants: Object.fromEntries([...incidents].map(([name, { config }]) => [name, { ...config }])),
    })
    await served.append([...incidents].flatMap(([name, played]) => tell(played, name, arranged(played.events, name))))
    await served.tellCaughtUp()
  })
  afterAll(() => served?.stop())

  test.each(names)('the truth of %s', async (name) => {
    await expect.poll(() => wrongIn(served, name, incidents.get(name)!), { timeout: 60_000, interval: 100 }).toEqual([])
    found.set(name, await findingsOf(served, name))
  })

  test.each(names)('the truth of %s, rebuilt', async (name) => {
    // Once for all of them: the first of these tests.
    await (rebuilt ??= served.rebuild())
    await expect.poll(() => wrongIn(served, name, incidents.get(name)!), { timeout: 60_000, interval: 100 }).toEqual([])
    // What was raised before is not raised again: its own log says since when.
    expect(await findingsOf(served, name)).toEqual(found.get(name))
  })
  const found = new Map<string, ToldFinding[]>()
  let rebuilt: Promise<void> | undefined
})

/** Everything in which the API's answers differ from the truth. */
async function wrongIn(served: ServedJournal, tenant: string, played: Played): Promise<string[]> {
  const wrong: string[] = []
  for (const { id, truth } of played.actions) {
    const { status, body } = await served.get(`/v1/actions/${encodeURIComponent(id)}`, { tenant })
    if (status === 200) wrong.push(...differences(body as Lineage, truth).map((each) => `${id}: ${each}`))
    else wrong.push(`${id}: ${status} ${body.detail}`)
  }
  wrong.push(...findingDifferences(await findingsOf(served, tenant), played))
  const around = await served.get(`/v1/traces/${played.trace_id}?limit=200`, { tenant })
  if (around.body.complete !== true) wrong.push('the trace is not complete')
  const there = new Set((around.body.actions as Lineage[] | undefined)?.map(({ id }) => id))
  wrong.push(...played.actions.filter(({ id }) => !there.has(id)).map(({ id }) => `${id} is not in its trace`))
  if (played.session_id !== null) {
    const session = await served.get(`/v1/sessions/${encodeURIComponent(played.session_id)}`, { tenant })
    if (session.body.complete !== true || session.body.session?.started_at === undefined) wrong.push('the session is not complete')
  }
  return wrong
}

async function findingsOf(served: ServedJournal, tenant: string): Promise<ToldFinding[]> {
  const { status, body } = await served.get('/v1/findings?limit=200', { tenant })
  if (status !== 200) throw new Error(`${status} ${body.detail}`)
  return body.items
}

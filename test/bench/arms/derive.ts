import { derive, knownOf, rankOf, Resolver, viewOf, type ActionFacts, type Known } from '@onbehalf/lineage'
import { legs, type CloudEvent } from '@onbehalf/events'
import { sha256Hex } from '@onbehalf/store'
import { factsOfEntries } from '@onbehalf/testkit'
import { startMeter } from '../cpu.ts'
import { profiled } from '../profiler.ts'
import { percentile } from '../statistics.ts'
import { wholeStory } from '../stories.ts'
import type { Arm } from './arm.ts'

/**
 * What the fold does for one action once its facts are there: everything seen that it rests on, every rule asked, the
 * document written. Its tenant has registered who tells what, so that rules about absence are armed too. Each action is
 * derived once, with facts of its own, and beside it the same 12 events are parsed.
 */
export const deriveOne: Arm = async (job) => {
  const { derives } = job.settings
  const problems: string[] = []
  for (let made = 0; made < Math.max(warmups, derives); made += atOnce) measure(prepared(made), problems)
  const deriveUs: number[] = []
  const parseUs: number[] = []
  const stop = startMeter({ node: { arm: process.pid }, postmaster: job.postgres.pid })
  const cpu = await profiled(job, 'derive', async () => {
    // In portions, as a projector has a part of the world in memory and not all of it.
    for (let made = 0; made < derives; made += atOnce) {
      const measured = measure(prepared(made).slice(0, derives - made), problems)
      deriveUs.push(...measured.deriveUs)
      parseUs.push(...measured.parseUs)
    }
    return stop()
  })
  const [p50, parseP50] = [percentile(deriveUs, 50), percentile(parseUs, 50)]
  // Rate and CPU time have the making up of stories in them: only the numbers count.
  return { arm: job.arm, round: job.round, events: derives * factsCount, problems: [...new Set(problems)], cpu,
    numbers: { derive_p50_us: p50, derive_p99_us: percentile(deriveUs, 99), parse_p50_us: parseP50, parse_p99_us: percentile(parseUs, 99), derive_per_parse: p50 / parseP50 } }
}

interface Prepared {
  texts: string[]
  known: Known
  resolver: Resolver
  action: ActionFacts
}

function prepared(from: number): Prepared[] {
  return Array.from({ length: atOnce }, (_, i) => {
    const events = wholeStory(from + i, Date.now())
    const told = [...context(), ...events.map((event) => ({ producer: 'default', event }))]
    const known = knownOf(factsOfEntries(told, 'default'), sha256Hex)
    const resolver = new Resolver(known)
    const [action] = [...known.facts.keys()].filter((key) => rankOf(key) > 0).flatMap((key) => resolver.actionsOf(key))
    return { texts: events.map((event) => JSON.stringify(event)), known, resolver, action: action! }
  })
}

function measure(all: readonly Prepared[], problems: string[]): { deriveUs: number[]; parseUs: number[] } {
  const [deriveUs, parseUs]: [number[], number[]] = [[], []]
  for (const { texts, known, resolver, action } of all) {
    const beganAt = performance.now()
    const lineage = derive(viewOf(action, known, resolver.tenant, sha256Hex), { tenant: 'default', sha256: sha256Hex })
    const derivedAt = performance.now()
    let length = 0
    for (const text of texts) length += Object.keys(JSON.parse(text) as object).length
    parseUs.push((performance.now() - derivedAt) * 1_000)
    deriveUs.push((derivedAt - beganAt) * 1_000)
    // Used, so that parsing is not optimised away.
    if (texts.length !== factsCount || length < factsCount) problems.push(`derive: ${texts.length} events instead of ${factsCount}`)
    if (lineage.chain.length !== 3) problems.push(`derive: a chain of ${lineage.chain.length} hops instead of 3`)
    if (lineage.agreement !== 'agree' || lineage.status !== 'succeeded') problems.push(`derive: ${lineage.status}, ${lineage.agreement}`)
  }
  return { deriveUs, parseUs }
}

/** One producer tells everything, and time has gone on by so much that whatever is absent may be said to be. */
function context(): { producer: string; event: CloudEvent }[] {
  const own = (type: string, data: object) => ({ producer: 'onbehalf',
    event: { specversion: '1.0' as const, id: type, source: 'urn:onbehalf', type: `onbehalf.${type}.v1`, time: '2026-01-01T00:00:00Z', data } })
  return [
    own('config.changed', { config: { producers: [{ id: 'default', legs: legs.filter((leg) => leg !== 'heartbeat') }] } }),
    own('clock.ticked', { at: new Date(Date.now() + 10 * 86_400_000).toISOString(), sizes: {} }),
  ]
}

const factsCount = 12
const atOnce = 250
const warmups = 2_000

import type { Leg, ProducerRegistration } from '@onbehalf/events'
import {
  agentAt, believed, allRules, contextKey, legNames, matchesPattern, principalFromText, tenantOf,
  type AgentRecord, type Lineage, type Lookup, type Settings,
} from '@onbehalf/lineage'
import { gather, latestActionsOf, readActionsAt, sha256Hex } from '@onbehalf/store'
import { partsOf } from './agent-names.ts'
import type { Reading } from './reading.ts'

/** The ladder of lineage.md: what an agent's actions bring, from a first trace to an inventory. */
export type Level = 'L0' | 'L1' | 'L2' | 'L3' | 'L4'

/** Every leg that a producer can be registered for. */
const allLegs: readonly Leg[] = [...legNames, 'inventory', 'grants', 'heartbeat']

/** What is there at least this often counts as there: one run that was cut short takes no level away. */
const often = 0.9

/** How well some agents are covered, each by a sample of its latest actions. */
export async function readCoverage(reading: Reading, agents: readonly string[], nowMs: number, sample: number) {
  const { source, snapshot: { client, tenant } } = reading
  const told = await gather(source, (known) => agents.map((text) => toldOf(text, known, nowMs)))
  const covered = []
  for (const [i, text] of agents.entries()) {
    const actions = await readActionsAt(source, await latestActionsOf(client, tenant, text, sample))
    covered.push(coverageOf(text, told[i]!, actions))
  }
  return covered
}

interface Told {
  settings: Settings
  record: AgentRecord
}

function toldOf(text: string, known: Lookup, nowMs: number): Told {
  const tenant = tenantOf(known)
  const settings = tenant.settings.at(nowMs)
  const teller = { tenant, settings, about: { agent: principalFromText(text, 'agent'), system: null } }
  return { settings, record: agentAt(believed(known.facts.get(contextKey('agent', text, sha256Hex)), 'inventory', teller), nowMs) }
}

export function coverageOf(text: string, { settings, record }: Told, actions: readonly Lineage[]) {
  const owners = new Map(allLegs.map((leg) => [leg, ownersOf(leg, text, settings)]))
  const isArmed = (leg: Leg) => owners.get(leg)!.length > 0
  const steps = stepsOf(record, isArmed, actions)
  const lacking = steps.findIndex((step) => step.lacks.length > 0)
  const level = levels[lacking === -1 ? 4 : lacking]!
  const rungs = steps.map((step) => ({
    level: step.level, lacks: step.lacks.map(({ what }) => what),
    arms: rulesOf(step.legs).map(({ id, leg }) => ({ rule: id, armed: settings.switchOf(id).on !== false && isArmed(leg) })),
  }))
  return {
    agent: text, name: nameOf(record, actions), level, sampled: actions.length,
    legs: allLegs.map((leg) => ({
      leg, owners: owners.get(leg)!.map(({ id, sources, systems, delay_ms }) => ({ producer: id, sources, systems, delay_ms })),
      ...evidenceOf(leg, actions),
    })),
    levels: [
      { level: 'L0' as const, reached: true, lacks: [], arms: rulesOf(['execution']).map(({ id, leg }) => ({ rule: id, armed: isArmed(leg) })) },
      ...rungs.map((rung, i) => ({ ...rung, reached: lacking === -1 || i < lacking })),
    ],
    next: nextOf(steps, isArmed),
  }
}

const levels: readonly Level[] = ['L0', 'L1', 'L2', 'L3', 'L4']

interface Step {
  level: Level
  /** Legs that it brings: to be registered for them arms their rules. */
  legs: readonly Leg[]
  lacks: { what: string; add: string }[]
}

function stepsOf(record: AgentRecord, isArmed: (leg: Leg) => boolean, actions: readonly Lineage[]): Step[] {
  const share = (has: (action: Lineage) => boolean) => actions.length > 0 && actions.filter(has).length >= often * actions.length
  const told = (leg: keyof Lineage['legs']) => share(({ legs }) => ['observed', 'asserted', 'not_required'].includes(legs[leg].evidence))
  const step = (level: Level, legs: readonly Leg[], ...needs: [there: boolean, what: string, add: string][]): Step =>
    ({ level, legs, lacks: needs.flatMap(([there, what, add]) => (there ? [] : [{ what, add }])) })
  return [
    step('L1', ['initiator'],
      [told('initiator'), 'initiator', 'Say who it works for: `user.id` on the root span, or `initiator` on action.requested or session.started.'],
      [share(({ roles }) => roles.actor.principal !== null), 'agent', 'Give the agent one stable name: `gen_ai.agent.name`, or `agent` on action.requested.'],
      [share(({ session }) => session !== null), 'session', 'Send the id of the conversation: `gen_ai.conversation.id`, or `session_id` on action.requested.']),
    step('L2', ['decision'],
      [told('decision'), 'decision', 'Send decision.recorded from your policy engine, with the action_id, or the decision_id that the gateway logs.']),
    step('L3', ['delegation', 'approval'],
      [told('delegation'), 'delegation', 'Send delegation.granted for each hop and name the last one as `delegation_id` on action.requested.'],
      [told('approval') || !share(({ approvals, legs }) => approvals.length > 0 || legs.approval.evidence === 'missing'), 'approval',
        'Send approval.requested and approval.resolved where a decision asks for one.']),
    step('L4', ['inventory', 'grants', 'heartbeat', 'outcome'],
      [record.registered !== null, 'inventory', 'Send agent.registered with its owner and sponsor, from who keeps your inventory.'],
      [isArmed('heartbeat'), 'heartbeat', 'Register a producer for `heartbeat` and send source.heartbeat, so that silence is told from absence.'],
      [share(({ outcomes }) => outcomes.length > 0), 'outcome', 'Let the system that is changed, or your cloud\'s own feed, send outcome.observed.']),
  ]
}

/** What is not there yet; then, what is there and nobody is registered for: its absence would go unnoticed. */
function nextOf(steps: readonly Step[], isArmed: (leg: Leg) => boolean): { level: Level; add: string; arms: string[] } | null {
  for (const { level, legs, lacks } of steps) {
    if (lacks.length > 0) return { level, add: lacks[0]!.add, arms: rulesOf(legs).map(({ id }) => id) }
    const leg = legs.find((each) => !isArmed(each) && rulesOf([each]).length > 0)
    if (leg !== undefined)
      return { level, add: `Register who sends it: \`onbehalf producer add <id> --legs ${leg}\`. Then it is noticed when it is missing.`, arms: rulesOf([leg]).map(({ id }) => id) }
  }
  return null
}

function rulesOf(legs: readonly Leg[]): { id: string; leg: Leg }[] {
  return [...allRules.values()].flatMap(({ id, armedBy }) =>
    (armedBy !== null && armedBy !== 'opt-in' && legs.includes(armedBy.leg) ? [{ id, leg: armedBy.leg }] : []))
}

/** Registered for the leg and for this agent, for whichever systems. */
function ownersOf(leg: Leg, text: string, settings: Settings): ProducerRegistration[] {
  const agent = principalFromText(text, 'agent')
  const { iss, sub } = partsOf(text)
  const isMeant = (pattern: string) => agent !== null && (matchesPattern(pattern, sub) || (iss !== null && matchesPattern(pattern, `${iss}|${sub}`)))
  return settings.config.producers.filter(({ legs, agents }) => legs.includes(leg) && (agents.includes('*') || agents.some(isMeant)))
}

function evidenceOf(leg: Leg, actions: readonly Lineage[]): { evidence: Record<string, number> | null; covered: number | null } {
  const name = legNames.find((each) => each === leg)
  if (name === undefined) return { evidence: null, covered: null }
  const evidence: Record<string, number> = {}
  for (const { legs } of actions) evidence[legs[name].evidence] = (evidence[legs[name].evidence] ?? 0) + 1
  const needed = actions.filter(({ legs }) => legs[name].evidence !== 'not_required').length
  const there = (evidence['observed'] ?? 0) + (evidence['asserted'] ?? 0)
  return { evidence, covered: needed === 0 ? null : Math.round((there / needed) * 1000) / 1000 }
}

function nameOf({ registered }: AgentRecord, actions: readonly Lineage[]): string | null {
  const told = registered && (registered.data as { agent: { name?: string } }).agent.name
  return told ?? actions[0]?.roles.actor.principal?.name ?? null
}

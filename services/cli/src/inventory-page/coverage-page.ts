import { wrapped } from '../terminal/text.ts'
import { beside, type View } from '../lineage-page/view.ts'

/** An item of `GET /v1/coverage`. */
export interface AgentCoverage {
  /** `iss|sub` */
  agent: string
  name: string | null
  level: string
  sampled: number
  legs: {
    leg: string
    owners: { producer: string }[]
    evidence: Record<string, number> | null
    /** 0 to 1; null where no action needs it. */
    covered: number | null
  }[]
  levels: { level: string; reached: boolean; lacks: string[]; arms: { rule: string; armed: boolean }[] }[]
  next: { level: string; add: string; arms: string[] } | null
}

/** What each level of the ladder stands for (`design/lineage.md`). */
const ladder = 'L0 spans · L1 who and which conversation · L2 decisions · L3 approvals and delegations · L4 inventory, heartbeats, a cloud feed'

/** How far up the ladder each agent is, who tells what of it, and the one next thing to add. */
export function coveragePage(agents: readonly AgentCoverage[], view: View): string {
  if (agents.length === 0) return 'No agent has acted yet.'
  return [
    ...wrapped(view.style.dim(ladder), view.columns),
    ...agents.flatMap((agent) => ['', ...agentLines(agent, view)]),
  ].join('\n')
}

function agentLines({ agent, name, level, sampled, legs, levels, next }: AgentCoverage, view: View): string[] {
  const { style, columns } = view
  const armed = new Set(levels.flatMap(({ arms }) => arms.filter((each) => each.armed).map(({ rule }) => rule)))
  const looked = sampled === 0 ? 'no action yet' : `${sampled === 1 ? 'its one action' : `its latest ${sampled.toLocaleString('en')} actions`} looked at`
  return [
    ...wrapped(`${style.bold(level)}  ${style.bold(name ?? subOf(agent))}  ${style.dim(`${agent} · ${looked}`)}`, columns),
    ...legs.filter(({ evidence, owners }) => evidence !== null || owners.length > 0).flatMap((leg) => legLines(leg, view)),
    ...(armed.size === 0 ? [] : beside('armed', 10, [...armed].join(' '), view)),
    ...(next === null ? [] : beside('add next', 10, `${next.add}${next.arms.length === 0 ? '' : style.dim(` It arms ${next.arms.join(', ')}.`)}`, view)),
  ]
}

function legLines({ leg, owners, evidence, covered }: AgentCoverage['legs'][number], view: View): string[] {
  const { style } = view
  const share = covered === null ? '–' : `${Math.round(covered * 100)} %`
  const paint = covered === null ? style.dim : covered >= 0.95 ? style.green : covered > 0 ? style.yellow : style.red
  const how = Object.entries(evidence ?? {}).filter(([, count]) => count > 0).map(([word, count]) => `${word.replaceAll('_', ' ')} ${count}`).join(', ')
  // Execution is the bootstrap credential's where nobody else is registered.
  const who = owners.length > 0 ? `registered: ${owners.map(({ producer }) => producer).join(', ')}` : leg === 'execution' ? '' : style.dim('nobody registered')
  return beside(leg, 10, `${paint(share.padEnd(5))}  ${[how, who].filter((text) => text !== '').join(' · ')}`, view)
}

const subOf = (agent: string): string => agent.slice(agent.indexOf('|') + 1)

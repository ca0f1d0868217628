import type { Scenario } from '@onbehalf/testkit/scenarios'
import type { Style } from '../terminal/style.ts'
import { widthOf, wrapped } from '../terminal/text.ts'

/** What is wrong, by the first letters of its rules, in the order in which it decides: where the evidence fails, the rest follows from it. */
const groups: { title: string; rules: readonly string[] }[] = [
  { title: 'In order, or as good as it gets', rules: [] },
  { title: 'Authority: chains, scope, trust domains', rules: ['CHN', 'SCP', 'DOM'] },
  { title: 'Time and use: what was revoked, due or used up', rules: ['TIM', 'RAT'] },
  { title: 'Decisions and approvals', rules: ['DEC', 'APR'] },
  { title: 'Agents, and who answers for them', rules: ['AGT', 'INI'] },
  { title: 'The evidence itself: sources and effects', rules: ['INT', 'OUT'] },
]

/** Rules that find something in an incident. */
export function rulesOf(scenario: Scenario): string[] {
  return [...new Set(scenario.play({ seed: 0, atMs: 0 }).findings.map((id) => id.slice(0, id.indexOf(':'))))]
}

export function groupOf(scenario: Scenario): string {
  const rules = rulesOf(scenario)
  const found = groups.toReversed().find((group) => group.rules.some((family) => rules.some((rule) => rule.startsWith(`${family}-`))))
  return (found ?? groups[0]!).title
}

/** All incidents, by what is wrong in them. */
export function scenarioList(scenarios: readonly Scenario[], { columns, style }: { columns: number; style: Style }): string {
  const widest = Math.max(...scenarios.map(({ name }) => widthOf(name)))
  const indent = ' '.repeat(widest + 4)
  const lines = groups.flatMap(({ title }) => {
    const here = scenarios.filter((scenario) => groupOf(scenario) === title)
    return here.length === 0 ? [] : ['', style.bold(title), ...here.flatMap((scenario) => {
      const rules = rulesOf(scenario)
      const text = `${scenario.title}${rules.length === 0 ? '' : ` [${rules.join(' ')}]`}`
      const [first = '', ...rest] = wrapped(text, columns, indent)
      return [`  ${style.cyan(scenario.name.padEnd(widest))}  ${first.trimStart()}`, ...rest]
    })]
  })
  return [...lines.slice(1), '', style.dim('Play one: onbehalf demo <name>. In brackets: the rules that find something.')].join('\n')
}

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { allRules, titleOf, type Rule } from '@onbehalf/lineage'

/**
 * Writes `docs/rules.md` from the catalogue of rules.
 *
 * @param root of the repository
 * @throws with `check`, where the page is not what the rules say
 */
export async function generateRuleDocs(root: string, { check }: { check: boolean }): Promise<void> {
  const path = join(root, 'docs', 'rules.md')
  const after = rulesPage()
  if (after === (await readFile(path, 'utf8').catch(() => ''))) return
  if (check) throw new Error(`${path} is not what the code says; run \`npm run generate\``)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, after)
}

/** Families in the order of a story: who, by what authority, by which decision, what came of it, and what can be relied on. */
const families: Record<string, string> = {
  INI: 'Who set it off',
  CHN: 'The chain of delegations',
  SCP: 'The scope of what was delegated',
  TIM: 'Time: windows, revocations, grants, credentials',
  RAT: 'How often',
  DEC: 'Decisions',
  APR: 'Approvals',
  OUT: 'Outcomes',
  DOM: 'Trust domains and environments',
  AGT: 'Agents',
  INT: 'What the evidence itself can be relied on for',
}

function rulesPage(): string {
  const ofFamily = (family: string) => [...allRules.values()].filter(({ id }) => id.startsWith(family))
  const sections = Object.entries(families).map(([family, title]) => page(`## ${title}`, ...ofFamily(family).map(section)))
  return `${page('# Rules', introduction, table(Object.keys(families).flatMap(ofFamily)), ...sections, 'Generated from `libs/lineage/src/rules` by `npm run generate`.')}\n`
}

const introduction = `A finding says that something is not as it should be: which rule, of what, in one sentence with the values at hand, and the
entries it rests on. It is about one action, unless its rule says otherwise, and it is kept: late evidence resolves it, nothing deletes it.

**Severity.** \`critical\`: it was done although somebody said no. \`high\`: nobody had the right, or nobody can show it. \`medium\`: something is
missing or does not fit. \`info\`: worth knowing. The configuration may set another for a rule.

**Provisional.** Some rules fire on what is *not* there. They wait for the horizon: until the deadline has passed nothing is said; until everybody
who could still tell it must have told it, the finding is provisional; then it is final. The deadlines and delays are budgets of the tenant.

**Arming.** A rule that is armed by a leg is off until a producer is registered for that leg, for that agent and system: where nobody is to tell,
silence means nothing. A rule that is opt-in is off until it is switched on. The others are always on.

**Switching.** In the configuration, \`rules.<id>.on\` and \`rules.<id>.severity\`; see [configuration](configuration.md). A change holds for what
happens from then on.

**Acknowledging.** A finding can be acknowledged, or accepted until a date with a reason; see [the API](api.md). It stays, and says so.`

function table(rules: readonly Rule<never>[]): string {
  const rows = rules.map(({ id, title, severity, armedBy, needsHorizon }) =>
    `| [${id}](#${id.toLowerCase()}) | ${title} | ${severity} | ${armedBy === null ? '' : armedBy === 'opt-in' ? armedBy : armedBy.leg} | ${needsHorizon ? 'waits' : ''} |`)
  return ['| rule | what is wrong | severity | armed by | horizon |', '| --- | --- | --- | --- | --- |', ...rows].join('\n')
}

function section(rule: Rule<never>): string {
  const { id, version, severity, title, doc, resolvedBy, needsHorizon, mapping } = rule
  return page(
    `### <a id="${id.toLowerCase()}"></a>${id}: ${title}`,
    `Version ${version} · **${severity}** · ${armedText(rule)} · ${needsHorizon ? 'waits for the horizon' : 'fires at once'}`,
    doc,
    `**Resolved by.** ${resolvedBy}`,
    [...named('OWASP ASI 2026', mapping.asi), ...named('OWASP NHI 2025', mapping.nhi), ...named('NIST SP 800-53 Rev. 5', mapping.nist)].join('\n'),
  )
}

function armedText({ armedBy }: Rule<never>): string {
  return armedBy === null ? 'always on' : armedBy === 'opt-in' ? 'off until switched on' : `armed by \`${armedBy.leg}\``
}

function named(list: string, ids: readonly string[]): string[] {
  return ids.length === 0 ? [] : [`- ${list}: ${ids.map((id) => `${id} ${titleOf(id)}`).join('; ')}`]
}

function page(...blocks: string[]): string {
  return blocks.join('\n\n')
}

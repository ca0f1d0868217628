import { byGravity, type EntryRef, severities, type Severity } from '@onbehalf/lineage'
import { findingLines, severityStyle, type FindingItem } from '../lineage-page/findings.ts'
import { beside, entryName, firstOf, fullName, type Named, section, shortName, table, timeOf, type View } from '../lineage-page/view.ts'
import { wrapped } from '../terminal/text.ts'

/** An item of `GET /v1/agents`, and what `GET /v1/agents/{id}` answers. */
export interface AgentDocument {
  /** `iss|sub`, as paths take it. */
  key: string
  iss: string | null
  sub: string
  name: string | null
  registered: boolean
  status: string
  owner: Named | null
  sponsor: Named | null
  purpose: string | null
  model: string | null
  version: string | null
  review_due: string | null
  authorisers: { principal: Named; root: boolean; delegations: string[] }[]
  systems: { declared: string[]; reached: string[]; undeclared: string[] }
  boundaries: { declared: string[]; crossed: { from: string; into: string; exchanged: boolean; delegation_id: string }[] }
  grants: {
    live: { id: string; kind: string; since: string; expires_at: string | null; standing: boolean; entries: EntryRef[] }[]
    standing: number
    complete: boolean
  }
  last_seen: string | null
  actions: { count: number; at_least: boolean }
  open_findings: Record<Severity, number>
  findings?: FindingItem[]
  entries: EntryRef[]
}

/** Every agent, a block each: what it is, who answers for it, what it could do, and what is wrong. */
export function agentListLines(agent: AgentDocument, view: View): string[] {
  const { style } = view
  const { grants, systems, last_seen, owner, sponsor } = agent
  const who = sponsor === null && owner === null ? style.yellow('nobody answers for it')
    : [sponsor === null ? null : `sponsor ${shortName(sponsor)}`, owner === null ? null : `owner ${shortName(owner)}`].filter((text) => text !== null).join(', ')
  const facts = [
    who,
    actionsOf(agent),
    last_seen === null ? null : `last seen ${timeOf(last_seen)}`,
    systems.reached.length === 0 ? null : `reaches ${few(systems.reached)}`,
    grants.live.length === 0 ? null : `${grants.live.length} live ${grants.live.length === 1 ? 'grant' : 'grants'}${grants.standing === 0 ? '' : `, ${grants.standing} standing`}`,
  ].filter((text) => text !== null).join(' · ')
  const open = openText(agent, view)
  return [...headLines(agent, view), ...wrapped(facts, view.columns, '    '), ...(open === '' ? [] : wrapped(open, view.columns, '    '))]
}

/** One agent: the inventory's word, and what was seen. */
export function agentPage(agent: AgentDocument, view: View): string {
  const { style } = view
  const { owner, sponsor, purpose, model, version, review_due, authorisers, systems, boundaries, grants, last_seen, findings = [], entries } = agent
  const rows: [name: string, text: string | null][] = [
    ['sponsor', sponsor === null ? style.yellow('nobody is known') : fullName(sponsor, view)],
    ['owner', owner === null ? style.yellow('nobody is known') : fullName(owner, view)],
    ['purpose', purpose],
    ['model', model === null ? null : `${model}${version === null ? '' : `, version ${version}`}`],
    ['review due', review_due === null ? null : timeOf(review_due)],
    ['last seen', last_seen === null ? 'never' : `${timeOf(last_seen)}, ${actionsOf(agent)}`],
    ['systems', systems.reached.length === 0 ? null : `reached ${few(systems.reached)}`],
    ['', systems.undeclared.length === 0 || !agent.registered ? null : style.yellow(`not declared: ${few(systems.undeclared)}`)],
    ['open', openText(agent, view) || 'no findings'],
  ]
  return [
    ...headLines(agent, view).map((line) => line.replace(/^ {2}/, '')),
    '',
    ...rows.flatMap(([name, text]) => (text === null ? [] : beside(name, 10, text, view))),
    ...section('Findings', firstOf(findings.toSorted(byGravity), 20, (finding) => findingLines(finding, view)), view),
    ...section('Who lets it act', firstOf(authorisers, 20, ({ principal, root, delegations }) =>
      wrapped(`${fullName(principal, view)}${root ? ', at the root' : ', passed on'}: ${few(delegations)}`, view.columns, '  ')), view),
    ...section('What it could use now', firstOf(grants.live, 20, ({ id, kind, expires_at, standing }) =>
      wrapped(`${id}  ${kind.replaceAll('_', ' ')}, ${expires_at === null ? 'without an end' : `until ${timeOf(expires_at)}`}${standing ? `, ${style.yellow('standing')}` : ''}`, view.columns, '  ')), view),
    ...(grants.complete ? [] : [style.dim('  it has more delegations or grants than were looked at')]),
    ...section('Trust boundaries crossed', firstOf(boundaries.crossed, 20, ({ from, into, exchanged, delegation_id }) =>
      wrapped(`${from} ─▸ ${into}, ${exchanged ? 'with an exchange' : style.yellow('no exchange was told of')} (${delegation_id})`, view.columns, '  ')), view),
    ...section('Entries of the inventory', table(entries.slice(0, 10).map((ref) => [entryName(ref), ref.producer, timeOf(ref.received_at)]), view), view),
  ].join('\n')
}

function headLines({ key, iss, sub, name, status, registered }: AgentDocument, { style, columns }: View): string[] {
  const standing = !registered ? style.yellow('not registered') : status === 'active' ? style.green(status) : style.red(status)
  return wrapped(`${style.bold(name ?? sub)}  ${style.cyan(iss === null ? sub : key)}  ${standing}`, columns, '  ')
}

function openText({ open_findings }: AgentDocument, { style }: View): string {
  return severities.toReversed().filter((severity) => open_findings[severity] > 0)
    .map((severity) => severityStyle(severity, style)(`${open_findings[severity].toLocaleString('en')} ${severity}`)).join(', ')
}

function actionsOf({ actions: { count, at_least } }: AgentDocument): string {
  return `${at_least ? 'more than ' : ''}${count.toLocaleString('en')} ${count === 1 ? 'action' : 'actions'}`
}

const few = (items: readonly string[]): string => (items.length > 8 ? `${items.slice(0, 8).join(', ')} and ${items.length - 8} more` : items.join(', '))

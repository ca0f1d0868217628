import type { EntryRef, Hop, Lineage } from '@onbehalf/lineage'
import { wrapped } from '../terminal/text.ts'
import { actionPage } from './action-page.ts'
import { hopLines } from './facts.ts'
import { severityStyle } from './findings.ts'
import { spanTree, type SpanNode } from './span-tree.ts'
import { beside, clockOf, dateOf, evidenceStyle, evidenceWord, firstOf, type Named, section, shortName, timeOf, type View } from './view.ts'

/** What `GET /v1/traces/{id}` and `GET /v1/sessions/{id}` answer, as far as it is drawn. */
export interface SurroundingsDocument {
  trace_id?: string
  session_id?: string
  /** What was told of a session itself. */
  session?: {
    started_at: string | null
    ended_at: string | null
    agent: Named | null
    initiator: Named | null
    trigger: string | null
    purpose: string | null
    end_reason: string | null
  } | null
  complete: boolean
  totals: { actions: number; delegations: number | null; spans?: number | null }
  /** The causal tree of a trace. */
  spans?: SpanNode[]
  actions: Lineage[]
  delegations: Hop[]
  entries?: EntryRef[]
  as_of: string | null
}

const actionsMax = 50

/** Everything of a trace or a session: its actions, oldest first. A single one is shown whole. */
export function surroundingsPage(kind: 'trace' | 'session', document: SurroundingsDocument, view: View): string {
  const { style, columns } = view
  const { actions, totals, delegations } = document
  const id = document.trace_id ?? document.session_id ?? ''
  const counts = [
    `${totals.actions.toLocaleString('en')} ${totals.actions === 1 ? 'action' : 'actions'}`,
    totals.delegations === null ? null : `${totals.delegations.toLocaleString('en')} ${totals.delegations === 1 ? 'delegation' : 'delegations'}`,
    totals.spans ? `${totals.spans.toLocaleString('en')} ${totals.spans === 1 ? 'span' : 'spans'}` : null,
    document.complete ? null : style.yellow('only a part is shown here'),
    document.as_of === null ? null : style.yellow(`as of ${document.as_of}`),
  ].filter((text) => text !== null).join(' · ')
  const head = [...wrapped(`${style.bold(kind)} ${style.cyan(id)}`, columns), ...wrapped(counts, columns, '  '), ...sessionLines(document.session ?? null, view)]
  const tree = spanTree(document.spans ?? [], actions, view)
  if (actions.length === 1) return [...head, ...tree, '', actionPage(actions[0]!, view)].join('\n')
  const first = actions[0]
  return [
    ...head,
    ...tree,
    ...section('Actions', firstOf(actions, actionsMax, (action) => actionLines(action, view)), view),
    ...section('Delegations behind them', delegations.length > 20 ? [] : fromTheTop(delegations).flatMap((hop, i) => hopLines(hop, i, view)), view),
    ...(first === undefined ? [] : ['', style.dim(`Whole story of one: onbehalf trace ${first.id}`)]),
  ].join('\n')
}

function sessionLines(session: SurroundingsDocument['session'] & {} | null, { columns, style }: View): string[] {
  if (session === null) return []
  const { started_at, ended_at, agent, initiator, trigger, purpose, end_reason } = session
  const by = initiator === null ? trigger : shortName(initiator)
  const facts = [
    started_at === null ? null : `started ${timeOf(started_at)}${by === null ? '' : ` by ${by}`}${agent === null ? '' : `, run by ${shortName(agent)}`}`,
    ended_at === null ? null : `ended ${timeOf(ended_at)}${end_reason === null ? '' : `, ${end_reason}`}`,
  ].filter((text) => text !== null).join(' · ')
  return [...(facts === '' ? [] : wrapped(style.dim(facts), columns, '  ')), ...(purpose === null ? [] : wrapped(`purpose: ${purpose}`, columns, '  '))]
}

/** One action among others: when, what, its holes, and what is wrong with it. */
export function actionLines(action: Lineage, view: View): string[] {
  const { style } = view
  const holes = Object.entries(action.legs)
    .filter(([, { evidence }]) => evidence === 'missing' || evidence === 'not_covered' || evidence === 'ambiguous')
    .map(([name, leg]) => evidenceStyle(leg.evidence, style)(`${name} ${evidenceWord(leg)}`))
  const open = action.findings.filter(({ resolved_at }) => resolved_at === null)
    .map(({ rule, severity, provisional }) => severityStyle(severity, style)(`${rule} ${severity}${provisional ? ', provisional' : ''}`))
  return [
    ...wrapped(`${style.dim(`${dateOf(action.time)} ${clockOf(action.time)}`)}  ${style.cyan(action.id)}`, view.columns, '  '),
    ...wrapped(action.summary, view.columns, '    '),
    ...(open.length === 0 ? [] : beside('  finds', 7, open.join(' · '), view)),
    ...(holes.length === 0 ? [] : beside('  holes', 7, holes.join(', '), view)),
  ]
}

/** Those granted by a root first, each after the one it rests on. */
function fromTheTop(hops: readonly Hop[]): Hop[] {
  const byId = new Map(hops.map((hop) => [hop.delegation_id, hop]))
  const depthOf = (hop: Hop): number => {
    const seen = new Set<string>()
    for (let at: Hop | undefined = hop; at?.parent.kind === 'delegation' && !seen.has(at.delegation_id); at = byId.get(at.parent.delegation_id)) seen.add(at.delegation_id)
    return seen.size
  }
  return hops.map((hop) => ({ hop, depth: depthOf(hop) })).sort((a, b) => a.depth - b.depth).map(({ hop }) => hop)
}

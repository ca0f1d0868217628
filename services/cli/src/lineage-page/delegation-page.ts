import type { Evidence, Hop } from '@onbehalf/lineage'
import { padded, wrapped } from '../terminal/text.ts'
import { hopLines, scopeText } from './facts.ts'
import { findingsSections, type FindingItem } from './findings.ts'
import { actionLines, type SurroundingsDocument } from './surroundings-page.ts'
import { evidenceWord, firstOf, type Named, section, shortName, timeOf, type View } from './view.ts'

/** What `GET /v1/delegations/{id}` answers, as far as it is drawn. */
export interface DelegationDocument extends Omit<SurroundingsDocument, 'trace_id' | 'session_id'> {
  delegation_id: string
  /** From the root to this delegation; empty if nobody told of it. */
  chain: Hop[]
  /** Everything that was made from it, by depth. */
  tree: { items: Made[]; truncated: boolean } | null
  revocation: { revoked_at: string; delegation_id: string; by: Named | null; reason: string | null; cascade: boolean } | null
  uses: { max: number | null; count: number | null }
  findings: FindingItem[]
}

interface Made {
  delegation_id: string
  parent_id: string
  /** 1: made from this one. */
  depth: number
  delegate: Named
  effective_scope: Hop['scope']
  expires_at: string | null
  revoked_at: string | null
  evidence: Evidence
}

const [madeMax, actionsMax] = [200, 50]

/** A delegation: where its authority comes from, what was made from it, and what was done under it. */
export function delegationPage(document: DelegationDocument, view: View): string {
  const { style, columns } = view
  const { delegation_id, chain, tree, revocation, uses, findings, totals, actions, as_of } = document
  const made = inOrder(tree?.items ?? [], delegation_id)
  const counts = [
    `${totals.actions.toLocaleString('en')} ${totals.actions === 1 ? 'action' : 'actions'} on it`,
    `${made.length}${tree?.truncated === true ? ' or more' : ''} ${made.length === 1 ? 'delegation' : 'delegations'} made from it`,
    uses.max === null ? null : `${uses.count ?? 'unknown'} of ${uses.max} uses`,
    as_of === null ? null : style.yellow(`as of ${as_of}`),
  ].filter((text) => text !== null).join(' · ')
  const last = chain.length - 1
  return [
    ...wrapped(`${style.bold('delegation')} ${style.cyan(delegation_id)}`, columns), ...wrapped(counts, columns, '  '),
    ...(revocation === null ? [] : wrapped(style.red(revocationText(revocation, delegation_id)), columns, '  ')),
    ...findingsSections(findings, view),
    ...section('Where its authority comes from', chain.length === 0 ? [style.dim('  nobody has told of it')]
      : chain.flatMap((hop, i) => (i === last ? marked(hopLines(hop, i, view), view) : hopLines(hop, i, view))), view),
    ...section('Made from it', firstOf(made, madeMax, (each) => madeLines(each, view)), view),
    ...section('Actions under it', firstOf(actions, actionsMax, (action) => actionLines(action, view)), view),
    ...(actions.length === 0 ? [] : ['', style.dim(`Whole story of one: onbehalf trace ${actions[0]!.id}`)]),
  ].join('\n')
}

/** Each right below the one it was made from. */
function inOrder(items: readonly Made[], id: string): Made[] {
  const byParent = Map.groupBy(items, ({ parent_id }) => parent_id)
  const told = new Set<string>([id])
  const walk = (parent: string): Made[] => (byParent.get(parent) ?? []).flatMap((each) => {
    if (told.has(each.delegation_id)) return []
    told.add(each.delegation_id)
    return [each, ...walk(each.delegation_id)]
  })
  const reached = walk(id)
  return [...reached, ...items.filter(({ delegation_id }) => !told.has(delegation_id))]
}

function madeLines({ delegation_id, depth, delegate, effective_scope, expires_at, revoked_at, evidence }: Made, view: View): string[] {
  const { style, columns } = view
  // Deeper than this the text would have no room; the number says how deep it is.
  const indent = `  ${'   '.repeat(Math.min(depth - 1, 8))}`
  const limits = [
    delegation_id,
    expires_at === null ? null : `until ${timeOf(expires_at)}`,
    revoked_at === null ? null : style.red(`revoked ${timeOf(revoked_at)}`),
    evidenceWord({ evidence }),
  ].filter((text) => text !== null).join(', ')
  return [
    ...wrapped(`${padded(String(depth), 2)} └─▸ ${style.bold(shortName(delegate))}`, columns, indent),
    ...wrapped(`may: ${scopeText(effective_scope)}`, columns, `${indent}       `),
    ...wrapped(style.dim(limits), columns, `${indent}       `),
  ]
}

function revocationText({ revoked_at, delegation_id, by, reason, cascade }: NonNullable<DelegationDocument['revocation']>, id: string): string {
  const which = delegation_id === id ? 'revoked' : `taken along by the revocation of ${delegation_id}`
  const text = `${which} ${timeOf(revoked_at)}${by === null ? '' : ` by ${shortName(by)}`}${reason === null ? '' : `: ${reason}`}`
  return delegation_id === id && !cascade ? `${text}; what was made from it goes on` : text
}

const marked = (lines: readonly string[], { style }: View): string[] => lines.map((line, i) => (i === 0 ? line.replace(/^ {2}/, `${style.cyan('▸')} `) : line))

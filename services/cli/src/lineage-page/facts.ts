import type { Hop, Item, Lineage } from '@onbehalf/lineage'
import { wrapped } from '../terminal/text.ts'
import { beside, clockOf, evidenceWord, firstOf, fullName, type Named, shortName, timeOf, type View } from './view.ts'

const itemsMax = 20

/** Who took part: four roles, never one for another. */
export function rolesLines({ roles }: Lineage, view: View): string[] {
  return (['initiator', 'subject', 'actor', 'executor'] as const).flatMap((role) => {
    const { principal, accountable } = roles[role]
    const lines = principal === null ? [`  ${role.padEnd(10)}  ${view.style.dim('unknown')}`] : beside(role, 10, fullName(principal, view), view)
    if (accountable === null) return lines
    const answers = `${fullName(accountable, view)}, who answers for ${role === 'initiator' ? 'what starts by itself' : `the ${role}`}`
    return [...lines, ...beside('answers', 10, answers, view)]
  })
}

/** The delegations from the root to the acting agent, each with what it may do after everything above it. */
export function chainLines({ chain }: Lineage, view: View): string[] {
  return firstOf(chain, itemsMax, (hop, i) => hopLines(hop, i, view))
}

export function hopLines(hop: Hop, index: number, view: View): string[] {
  const { style, columns } = view
  const limits = [
    hop.not_before === null ? null : `from ${timeOf(hop.not_before)}`,
    hop.expires_at === null ? null : `until ${timeOf(hop.expires_at)}`,
    hop.revoked_at === null ? null : style.red(`revoked ${timeOf(hop.revoked_at)}`),
    hop.mode === 'delegation' ? null : style.yellow(hop.mode),
    evidenceWord(hop),
  ].filter((text) => text !== null).join(', ')
  return [
    ...wrapped(`${index + 1}  ${shortName(hop.grantor)} ─▸ ${style.bold(shortName(hop.delegate))}${ofWhom(hop)}`, columns, '  '),
    ...wrapped(`${hop.delegation_id}${fromWhere(hop, index)}`, columns, '     '),
    ...wrapped(`may: ${scopeText(hop.effective_scope)}`, columns, '     '),
    ...(sameScope(hop) ? [] : wrapped(style.dim(`granted: ${scopeText(hop.scope)}`), columns, '     ')),
    ...wrapped(style.dim(limits), columns, '     '),
  ]
}

/** Whose authority it is, where that is not the grantor's own. */
function ofWhom({ grantor, subject }: Hop): string {
  return grantor.iss === subject.iss && grantor.sub === subject.sub ? '' : `, with the authority of ${shortName(subject)}`
}

function fromWhere({ parent }: Hop, index: number): string {
  switch (parent.kind) {
    case 'root': return ' (root)'
    case 'unknown': return ' (where its authority comes from is not known)'
    case 'external': return ` (from another organisation: ${parent.domain})`
    default: return index === 0 ? ` (its parent ${parent.delegation_id} has not been seen)` : ''
  }
}

function sameScope({ scope, effective_scope }: Hop): boolean {
  return scope === null || JSON.stringify(scope) === JSON.stringify(effective_scope)
}

/** What may be done, in a line. */
export function scopeText(scope: Hop['scope']): string {
  if (scope === null) return 'anything that its subject may'
  const { actions, resources, audience, oauth_scopes, constraints } = scope
  const parts = [
    actions === undefined ? null : list(actions),
    resources === undefined ? null : `on ${list(resources)}`,
    audience === undefined ? null : `at ${list(audience)}`,
    oauth_scopes === undefined ? null : `with ${list(oauth_scopes)}`,
    ...Object.entries(constraints ?? {}).map(([name, value]) => `${name.replaceAll('_', ' ')} ${Array.isArray(value) ? list(value) : String(value)}`),
  ].filter((text) => text !== null)
  return parts.length === 0 ? 'anything that its subject may' : parts.join(', ')
}

const list = (items: readonly unknown[]): string => {
  if (items.length === 0) return 'nothing'
  return items.length > 8 ? `${items.slice(0, 8).join(' ')} and ${items.length - 8} more` : items.join(' ')
}

export function decisionLines({ decisions }: Lineage, view: View): string[] {
  const { style } = view
  return firstOf(decisions, itemsMax, (item) => {
    const effect = String(item['effect'])
    const paint = effect === 'permit' ? style.green : effect === 'deny' ? style.red : style.yellow
    const policies = (item['policies'] as { id: string; version?: string }[] | undefined ?? []).map(({ id, version }) => (version === undefined ? id : `${id}@${version}`))
    const how = [
      policies.length === 0 ? 'no policy named' : `by ${list(policies)}`,
      item['phase'] === 'runtime' ? null : `phase ${String(item['phase']).replace('_', ' ')}`,
      item['enforcement'] === undefined || item['enforcement'] === 'enforced' ? null : String(item['enforcement']).replace('_', ' '),
      item['pdp'] === undefined ? null : `decided at ${String(item['pdp'])}`,
      item['pep'] === undefined ? null : `enforced at ${String(item['pep'])}`,
      item['requires_approval'] === undefined ? null : 'requires an approval',
      item['cached'] === true ? 'from a cache' : null,
    ].filter((text) => text !== null).join(', ')
    const reasons = (item['reasons'] as { code: string; text?: string }[] | undefined ?? []).map(({ code, text }) => (text === undefined ? code : `${code}: ${text}`))
    return [...told(item, paint(effect), how, view), ...firstOf(reasons, 5, (reason) => wrapped(reason, view.columns, because))]
  })
}

export function approvalLines({ approvals }: Lineage, view: View): string[] {
  return firstOf(approvals, itemsMax, (item) => {
    const resolution = item['resolution'] as string | undefined
    if (resolution === undefined) {
      const asked = item['approvers'] as Named[] | undefined
      return told(item, 'asked', `${String(item['approval_id'])}${asked === undefined ? '' : `, of ${list(asked.map(shortName))}`}`, view)
    }
    const approver = item['approver'] as Named | undefined
    const how = [
      approver === undefined ? 'by somebody not named' : `by ${shortName(approver)}`,
      item['channel'] === undefined ? null : `in ${String(item['channel'])}`,
      item['verified_by'] === undefined ? null : `recognised by ${String(item['verified_by'])}`,
      String(item['approval_id']),
    ].filter((text) => text !== null).join(', ')
    const lines = told(item, resolution === 'approved' ? view.style.green(resolution) : view.style.red(resolution), how, view)
    return item['reason'] === undefined ? lines : [...lines, ...wrapped(String(item['reason']), view.columns, because)]
  })
}

export function executionLines({ executions }: Lineage, view: View): string[] {
  return firstOf(executions, itemsMax, (item) => {
    const status = item['status'] as string | undefined
    const executor = item['executor'] as Named | undefined
    const error = item['error'] as { type: string; message?: string } | undefined
    const upstream = item['upstream_request_ids'] as string[] | undefined
    const what = [
      executor === undefined ? null : `by ${shortName(executor)}`,
      error === undefined ? null : `${error.type}${error.message === undefined ? '' : `: ${error.message}`}`,
      upstream === undefined || upstream.length === 0 ? null : `upstream ${list(upstream)}`,
    ].filter((text) => text !== null).join(', ')
    const paint = status === 'succeeded' ? view.style.green : status === undefined ? view.style.cyan : view.style.red
    return told(item, paint((status ?? 'started').replace('_', ' ')), what, view)
  })
}

export function outcomeLines({ outcomes }: Lineage, view: View): string[] {
  return firstOf(outcomes, itemsMax, (item) => {
    const effect = item['observed_effect'] as string | undefined
    if (effect === undefined) return told(item, view.style.yellow('undone'), `by ${String(item['by_action_id'])}`, view)
    const observer = item['observer'] as Named | undefined
    const paint = effect === 'occurred' ? view.style.green : view.style.red
    const what = [observer === undefined ? null : `seen by ${shortName(observer)}`, item['text'] === undefined ? null : String(item['text'])]
    return told(item, paint(effect.replaceAll('_', ' ')), what.filter((text) => text !== null).join(': '), view)
  })
}

const wordWidth = 13
/** Under the text of a line. */
const because = ' '.repeat(2 + 12 + 2 + wordWidth + 2)

function told(item: Item, word: string, what: string, view: View): string[] {
  const plain = word.replace(/\x1b\[\d+m/g, '')
  const [first = '', ...rest] = wrapped(item.struck ? `${what === '' ? '' : `${what}; `}retracted, counts for nothing` : what, view.columns, because)
  const line = (said: string) => `  ${clockOf(item.time).padEnd(12)}  ${said}${' '.repeat(Math.max(0, wordWidth - plain.length))}  ${first.trimStart()}`.trimEnd()
  return item.struck ? [line(plain), ...rest].map(view.style.dim) : [line(word), ...rest]
}

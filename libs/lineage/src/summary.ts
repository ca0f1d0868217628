import type { Principal } from '@onbehalf/events'
import type { ActionStatus, Lineage } from './document.ts'

/** One sentence that a tired person understands: who, through whom, what, by which decision, with what outcome. */
export function summarize(lineage: Lineage): string {
  const { initiator, actor } = lineage.roles
  const who = initiator.principal ? nameOf(initiator.principal) : 'An unknown initiator'
  const agent = actor.principal ? nameOf(actor.principal) : 'an unknown agent'
  const through = lineage.chain.length > 1 ? `, through ${lineage.chain.length} delegations,` : ''
  const what = lineage.operation ?? 'an unnamed operation'
  const on = lineage.resource ? ` on ${lineage.resource.type} ${lineage.resource.id}` : ''
  const acting = initiator.principal && actor.principal && same(initiator.principal, actor.principal)
  const subject = acting ? `${agent}${through} acting on its own` : `${who} → ${agent}${through}`
  return `${subject} ${verbs[lineage.status]} ${what}${on}: ${decided(lineage)}, ${happened[lineage.status]}.`
    .replace(',:', ':').replace(', ', ', ')
}

export function nameOf(principal: Principal): string {
  return principal.name ?? principal.sub
}

const verbs: Record<ActionStatus, string> = {
  requested: 'asked for', running: 'is running', succeeded: 'ran', failed: 'tried', blocked: 'tried', cancelled: 'asked for',
  timed_out: 'tried', partial: 'ran', denied: 'asked for', pending_approval: 'asks for', compensated: 'ran', unknown: 'may have run',
}

const happened: Record<ActionStatus, string> = {
  requested: 'not yet started', running: 'not yet ended', succeeded: 'succeeded', failed: 'failed', blocked: 'blocked',
  cancelled: 'cancelled', timed_out: 'timed out', partial: 'partly done', denied: 'nothing ran',
  pending_approval: 'waiting for approval', compensated: 'since compensated', unknown: 'outcome unknown',
}

function decided(lineage: Lineage): string {
  const item = lineage.decisions.find((d) => d.effect === lineage.decision)
  const policy = (item?.policies as { id: string; version?: string }[] | undefined)?.[0]
  const by = policy ? ` by ${policy.id}${policy.version ? `@${policy.version}` : ''}` : ''
  switch (lineage.decision) {
    case 'permit': return `permitted${by}`
    case 'deny': return `denied${by}`
    case 'indeterminate': return `decided without a clear answer${by}`
    case 'not_applicable': return `no policy applied${by}`
    case null: return lineage.decisions.length > 0 ? 'not decided at run time' : 'no decision known'
  }
}

function same(a: Principal, b: Principal): boolean {
  return a.iss === b.iss && a.sub === b.sub
}

import { timeOf } from '@onbehalf/events'
import { approvalsOf, countOf, useOf, type Approval } from '../approval.ts'
import { executedArguments, isFor } from '../decision.ts'
import { runOf } from '../run.ts'
import { certain, dataOf, entriesOf } from '../story.ts'
import type { View } from '../view.ts'
import { actionRule } from './rule.ts'

export const approvalOverused = actionRule({
  id: 'APR-03',
  version: 1,
  severity: 'high',
  title: 'An approval used beyond what it was given for',
  doc: 'The approval had expired, had been used as often as it may be, or was given for other arguments than ran. '
    + 'Only digests of one projection compare.',
  resolvedBy: 'Another approval that was good for this, given before the start, that arrives late.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-3', 'AC-24'] },
  check(view) {
    const ran = runOf(view.story)
    if (ran.length === 0) return null
    const { given, min } = approvalsOf(view)
    const judged = given.map((approval) => ({ approval, flaw: flawOf(approval, view) }))
    const flawed = judged.find(({ flaw }) => flaw !== null)
    if (!flawed || countOf(judged.flatMap(({ approval, flaw }) => (flaw === null ? [approval] : [])), view) >= min) return null
    const { fact, asked } = flawed.approval
    return {
      explanation: `It started at ${ran[0]!.fact.time}; the approval of ${fact.time} ${flawed.flaw}.`,
      entries: [...(asked ? [asked.entry] : []), fact.entry, ...entriesOf(ran)],
    }
  },
})

function flawOf(approval: Approval, view: View): string | null {
  return expired(approval, view) ?? otherwise(approval, view) ?? usedUp(approval, view)
}

function expired({ fact, said, asked }: Approval, { story, startMs, sessionEnd }: View): string | null {
  const { skew_ms } = story.settings.budgets
  const until = (text: string | undefined) => (text === undefined ? Infinity : timeOf(text)!.timeMs + skew_ms)
  const due = asked && dataOf<'approval.requested'>(asked).expires_at
  const end = said.expires_at ?? (said.scope === 'until' ? due : undefined)
  if (startMs > until(end)) return `was good until ${end}`
  if (fact.timeMs > until(due)) return `came after what was asked had expired at ${due}`
  if (said.scope !== 'session') return null
  const session = said.session_id ?? (asked && dataOf<'approval.requested'>(asked).session_id)
  const sessions = certain([...story.requests, ...story.starts, ...story.ends])
    .flatMap((b) => (b.fact.data as { session_id?: string }).session_id ?? [])
  if (session !== undefined && sessions.length > 0 && !sessions.includes(session)) return `was good for session ${session} only`
  return sessionEnd && startMs > sessionEnd.timeMs + skew_ms ? `was good for its session, which had ended at ${sessionEnd.time}` : null
}

function otherwise({ said, asked }: Approval, { story }: View): string | null {
  const about = said.arguments_digest === undefined && asked ? dataOf<'approval.requested'>(asked) : said
  const other = executedArguments(story).find((args) => !isFor(args, about))
  return other ? `was for other arguments (${about.arguments_digest}) than ran (${other.digest})` : null
}

function usedUp(approval: Approval, view: View): string | null {
  const use = useOf(approval, view)
  return use && use.nth > use.limit ? `may be used ${use.limit === 1 ? 'once' : `${use.limit} times`}, and this is use ${use.nth}` : null
}

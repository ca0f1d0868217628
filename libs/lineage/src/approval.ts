import { principalOf, type EventData, type Principal } from '@onbehalf/events'
import { byStory, join, type Fact } from './fact.ts'
import { latestBeforeStart } from './decision.ts'
import { rankOf, ranks } from './key.ts'
import { isStopped } from './run.ts'
import { certain, counting, dataOf, owned } from './story.ts'
import type { Context, View } from './view.ts'

/** One yes. */
export interface Approval {
  fact: Fact
  said: EventData['approval.resolved']
  /** What it answers. */
  asked: Fact | undefined
  approver: Principal | null
}

/** What was approved of an action, and what had to be. */
export interface Approvals {
  /** How many have to approve. Without a decision that says more, one. */
  min: number
  /** Nobody may approve what is done for or by themselves. */
  separation: boolean
  /** The decisions that make it a condition. */
  requiredBy: Fact[]
  /** Those that stood when it started, or stand now. */
  given: Approval[]
  /** Those that were given afterwards. */
  late: Approval[]
}

/**
 * The approvals that an action can rely on. One that says how often it may be used (`scope`, `max_uses`) is not ambiguous
 * because several actions name it: it serves each that does, and APR-03 counts them. A no takes back what was said yes under
 * the same id, even where it may belong to another action.
 */
export function approvalsOf(view: Pick<View, 'story' | 'decided' | 'context'>): Approvals {
  const known = made.get(view.context)
  if (known !== undefined) return known
  const approvals = gather(view)
  made.set(view.context, approvals)
  return approvals
}

/** The leg and several rules ask for the same. */
const made = new WeakMap<Context, Approvals>()

function gather(view: Pick<View, 'story' | 'decided' | 'context'>): Approvals {
  const { story, decided } = view
  const named = namedBy(view)
  const requiring = decided.last.filter((b) => dataOf<'decision.recorded'>(b.fact).requires_approval)
  const conditions = requiring.map((b) => dataOf<'decision.recorded'>(b.fact).requires_approval!)
  const own = counting(story.approvals, 'approval', story)
    .filter((b) => !b.candidates || dataOf<'approval.resolved'>(b.fact).resolution !== 'approved').map((b) => b.fact)
  const shared = named.filter((fact) => fact.type === 'approval.resolved' && isShared(fact))
  const requests = counting(certain(story.approvalRequests), 'approval', story).map((b) => b.fact)
  const asked = [...requests, ...named.filter((fact) => fact.type === 'approval.requested')]

  const latestMs = latestBeforeStart(story)
  let given: Approval[] = []
  const late: Approval[] = []
  for (const fact of join(own, shared)) {
    const said = dataOf<'approval.resolved'>(fact)
    const inTime = fact.timeMs <= latestMs
    if (said.resolution !== 'approved') {
      if (inTime) given = given.filter((each) => each.said.approval_id !== said.approval_id)
      continue
    }
    const approval: Approval = {
      fact, said, approver: said.approver ? principalOf(said.approver, fact.producer) : null,
      asked: asked.find((each) => dataOf<'approval.requested'>(each).approval_id === said.approval_id),
    }
    if (inTime) given.push(approval)
    else late.push(approval)
  }
  return {
    min: Math.max(1, ...conditions.map(({ min }) => min ?? 1)),
    separation: conditions.some(({ separation }) => separation === true),
    requiredBy: requiring.map((b) => b.fact),
    given,
    late,
  }
}

/** How many people approved; those who cannot be told apart count as one. */
export function countOf(approvals: readonly Approval[], { identities }: Pick<View, 'identities'>): number {
  const people: (Principal | null)[] = []
  for (const { approver } of approvals) {
    const isOther = people.every((each) => each !== null && approver !== null && identities.compare(each, approver) === 'different')
    if (isOther) people.push(approver)
  }
  return people.length
}

/** How often an approval may be used, and which use of it this action is. Null: nothing limits it, or it was not used. */
export function useOf({ said }: Approval, { context, startMs, action, tenant }: View): { limit: number; nth: number } | null {
  const limit = said.max_uses ?? (said.scope === 'once' ? 1 : Infinity)
  if (limit === Infinity || startMs === Infinity) return null
  const own = new Set(action.keys.map(({ key }) => key))
  const before = context.approval(said.approval_id).actions.filter(({ key, facts }) => {
    // Who may not claim it does not use it up for others.
    const isClaimed = facts.some((fact) => (fact.data as { approval_id?: string }).approval_id === said.approval_id && tenant.settings.at(fact.timeMs).follows(fact))
    const usedMs = own.has(key) || !isClaimed ? Infinity : usedAt(facts)
    return usedMs < startMs || (usedMs === startMs && key < action.root)
  })
  return { limit, nth: before.length + 1 }
}

function usedAt(facts: readonly Fact[]): number {
  const stopped = facts.some((fact) => fact.type === 'action.completed' && isStopped(fact.data.status))
  const ran = facts.find((fact) => fact.type === 'action.started' || fact.type === 'action.completed')
  return stopped || !ran ? Infinity : ran.timeMs
}

/** What was said of the approvals that an action names, wherever it is filed. */
function namedBy({ story, context }: Pick<View, 'story' | 'context'>): Fact[] {
  const ids = new Set(certain(story.action.bound).flatMap(({ fact, struck }) => {
    const { approval_id } = fact.data as { approval_id?: string }
    return approval_id === undefined || struck || !story.settings.follows(fact) ? [] : [approval_id]
  }))
  const named = [...ids].flatMap((id) => {
    const { itself, actions } = context.approval(id)
    return [...itself, ...actions.flatMap(({ facts }) => facts)]
      .filter((fact) => fact.type.startsWith('approval.') && (fact.data as { approval_id?: string }).approval_id === id)
  })
  return owned(named, 'approval', story).sort(byStory)
}

/** One that says how often it may be used; where it names no action, also one that may be used once. */
function isShared(fact: Fact): boolean {
  const { scope, max_uses = scope === 'once' ? 1 : 0 } = dataOf<'approval.resolved'>(fact)
  return scope === 'session' || scope === 'until' || max_uses > 1 || (max_uses === 1 && rankOf(fact.keys.filed) === ranks.approval)
}

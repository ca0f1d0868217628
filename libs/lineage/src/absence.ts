import { timeOf, type Leg } from '@onbehalf/events'
import { clockOf, type Due } from './horizon.ts'
import { startOf } from './decision.ts'
import { certain, dataOf, type Story, type Teller } from './story.ts'

/**
 * How far an absence may be said. Before the deadline it is only a leg that is not there yet; until everybody who could tell
 * must have told, it is provisional; then it is final.
 */
export interface Absence {
  state: 'early' | 'provisional' | 'final'
  /** Final although an owner is offline or silent: it was waited for long enough (`source_offline`). */
  offline: boolean
}

/** Says how far absences may be said, and remembers when that changes next. */
export class Absences {
  readonly #teller: Teller
  readonly #dues = new Map<string, Due>()

  constructor(teller: Teller) {
    this.#teller = teller
  }

  /**
   * @param deadlineMs null: there is none, so the absence never counts
   * @param producers who would have told; the owners of the leg, unless it is known better
   */
  of(leg: Leg, deadlineMs: number | null, producers?: readonly string[]): Absence {
    const { settings, about, tenant: { horizon } } = this.#teller
    if (deadlineMs === null) return { state: 'early', offline: false }
    if (horizon.atMs < deadlineMs) {
      this.#due({ clock: '', atMs: deadlineMs })
      return { state: 'early', offline: false }
    }
    let offline = false
    for (const owner of producers ?? settings.owners(leg, about)) {
      const delayMs = settings.delayMs(owner)
      const due = { clock: clockOf(owner, delayMs), atMs: deadlineMs + delayMs }
      if (horizon.of(owner, delayMs) < due.atMs) {
        this.#due(due)
        return { state: 'provisional', offline: false }
      }
      offline ||= horizon.wentSilentBefore(owner, deadlineMs)
    }
    return { state: 'final', offline }
  }

  /** When it is worth looking again; at most one per clock, the earliest. */
  get dues(): Due[] {
    return [...this.#dues.values()]
  }

  #due(due: Due): void {
    const known = this.#dues.get(due.clock)
    if (!known || due.atMs < known.atMs) this.#dues.set(due.clock, due)
  }
}

/** The same for what must have been there before the start: before that has passed, nobody can miss it. */
export function deadlineBeforeStart(leg: Leg, story: Story): number | null {
  const [dueMs, startMs] = [deadlineOf(leg, story), startOf(story)]
  return dueMs === null || startMs === Infinity ? dueMs : Math.max(dueMs, startMs)
}

/** By when a leg must have been told: the lesser of what the events say and the budgets of the tenant. */
export function deadlineOf(leg: Leg, story: Story): number | null {
  const { budgets } = story.settings
  const requests = certain(story.requests).map((b) => ({ timeMs: b.fact.timeMs, ...dataOf<'action.requested'>(b.fact) }))
  const askedMs = requests[0]?.timeMs ?? story.action.bound[0]!.fact.timeMs
  const said = (due: string | undefined) => (due === undefined ? [] : [timeOf(due)!.timeMs])
  switch (leg) {
    case 'decision':
      return Math.min(askedMs + budgets.decision_due_ms, ...requests.flatMap((request) => said(request.decision_due)))
    case 'execution':
      return budgets.execution_due_ms === null ? null : askedMs + budgets.execution_due_ms
    case 'outcome': {
      const startMs = startOf(story)
      const fromMs = startMs === Infinity ? askedMs : startMs
      return Math.min(fromMs + budgets.outcome_due_ms, ...requests.flatMap((request) => said(request.outcome_due)))
    }
    default:
      return askedMs + budgets.context_due_ms
  }
}

import type { DecisionEffect } from './document.ts'
import type { Bound } from './resolve.ts'
import { certain, choose, counting, dataOf, type Story } from './story.ts'

/** An outcome that somebody has seen, and what was said that cannot be true beside it. */
export interface Contradiction {
  outcome: Bound
  /** The end that it contradicts; undefined where it is the decision. */
  end: Bound | undefined
  /** "the execution ended succeeded": what is contradicted, as the middle of a sentence. */
  against: string
}

/** The outcomes that contradict what was decided or what was executed; in story order. */
export function contradictionsOf(story: Story, effect: DecisionEffect | null): Contradiction[] {
  const end = choose(story.ends, 'execution', story)
  const status = end && dataOf<'action.completed'>(end.fact).status
  const isNothing = status === 'failed' || status === 'blocked' || status === 'cancelled'
  return counting(certain(story.outcomes), 'outcome', story).flatMap((outcome) => {
    const seen = dataOf<'outcome.observed'>(outcome.fact).observed_effect
    const isAgainstEnd = seen === 'differs' || (seen === 'occurred' && isNothing) || (seen === 'did_not_occur' && status === 'succeeded')
    if (isAgainstEnd) return [{ outcome, end, against: status === undefined ? 'something else was asked for' : `the execution ended ${status}` }]
    return seen === 'occurred' && effect === 'deny' ? [{ outcome, end: undefined, against: 'the decision is deny' }] : []
  })
}

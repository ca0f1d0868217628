import type { Bound } from './resolve.ts'
import { choose, dataOf, type Story } from './story.ts'

/**
 * The start and the end that count. Empty where it did not run, or was stopped (`blocked`, `cancelled`): what has not taken
 * effect needed nobody's leave.
 */
export function runOf(story: Story): Bound[] {
  const end = choose(story.ends, 'execution', story)
  if (end && isStopped(dataOf<'action.completed'>(end.fact).status)) return []
  return [choose(story.starts, 'execution', story), end].filter((b) => b !== undefined)
}

export function isStopped(status: string): boolean {
  return status === 'blocked' || status === 'cancelled'
}

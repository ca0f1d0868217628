import type { Deciding } from './decision.ts'
import { certain, counting, dataOf, type Story } from './story.ts'

/** Whether an action was refused before anything ran: then nothing more is to be expected of it. */
export function wasRefused(story: Story, decided: Deciding): boolean {
  if (story.starts.length + story.ends.length > 0) return false
  if (decided.effect === 'deny') return true
  const answer = counting(certain(story.approvals), 'approval', story).at(-1)
  return answer !== undefined && dataOf<'approval.resolved'>(answer.fact).resolution !== 'approved'
}

import type { DecisionEffect, Leg } from '../document.ts'
import { certain, choose, type Story } from '../story.ts'
import { notRequired, told, untold } from './leg.ts'

/** That it ran: the terminal execution, else the start. */
export function executionLeg(story: Story, decision: DecisionEffect | null): Leg {
  const end = choose(story.ends, 'execution', story)
  const start = choose(story.starts, 'execution', story)
  if (end || start) return told([start, end].filter((b) => b !== undefined), 'execution', story, end ? null : 'started, and no end has been received')
  const all = [...story.starts, ...story.ends]
  if (all.length > certain(all).length) return told(all, 'execution', story, 'the execution may belong to another action')
  if (decision === 'deny') return notRequired('denied: nothing should have run')
  return untold('execution', story, 'no start and no end of an execution has been received')
}

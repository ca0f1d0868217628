import type { Leg } from '../document.ts'
import { choose } from '../story.ts'
import type { Given } from '../view.ts'
import { notRequired, told, untold } from './leg.ts'

/** That it ran: the terminal execution, else the start. */
export function executionLeg({ story, decided, absences }: Given): Leg {
  const end = choose(story.ends, 'execution', story)
  const start = choose(story.starts, 'execution', story)
  if (end || start) return told([start, end].filter((b) => b !== undefined), 'execution', story, end ? null : 'started, and no end has been received')
  const all = [...story.starts, ...story.ends]
  const unsure = all.filter((b) => b.candidates)
  if (unsure.length > 0) return told(unsure, 'execution', story, 'the execution may belong to another action')
  if (decided.effect === 'deny') return notRequired('denied: nothing should have run')
  const [inferred] = story.inferredEnds
  if (inferred && all.length === 0) return { ...told([inferred], 'execution', story, 'its span ended without an error: that does not prove that the tool ran'), evidence: 'inferred' }
  return untold('execution', story, absences, all.length > 0
    ? 'an execution has been reported, but not by who is registered for executions'
    : 'no start and no end of an execution has been received')
}

import type { Leg } from '../document.ts'
import { choose } from '../story.ts'
import type { Given } from '../view.ts'
import { notRequired, told, untold } from './leg.ts'

/** What came of it: said by another party, else as the execution reports it. */
export function outcomeLeg({ story, decided, absences }: Given): Leg {
  const observed = choose([...story.outcomes, ...story.compensations], 'outcome', story)
  if (observed) return told([observed], 'outcome', story)
  const end = choose(story.ends, 'execution', story)
  if (end) {
    const leg = told([end], 'outcome', story, 'as the execution reports it: nobody else has confirmed the effect')
    return { ...leg, evidence: 'asserted' }
  }
  const unsure = [...story.outcomes, ...story.compensations, ...story.ends].filter((b) => b.candidates)
  if (unsure.length > 0) return told(unsure, 'outcome', story, 'the outcome may belong to another action')
  const ran = story.starts.length + story.ends.length > 0 || decided.effect !== 'deny'
  if (!ran) return notRequired('nothing ran')
  const [inferred] = story.inferredEnds
  if (inferred && story.starts.length + story.ends.length === 0) return { ...told([inferred], 'outcome', story, 'nothing says what came of it; only its span has ended'), evidence: 'inferred' }
  return untold('outcome', story, absences, 'nothing has been said of what came of it')
}

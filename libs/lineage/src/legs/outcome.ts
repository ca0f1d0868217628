import type { Leg } from '../document.ts'
import { choose, type Story } from '../story.ts'
import { notRequired, told, untold } from './leg.ts'

/** What came of it: said by another party, else as the execution reports it. */
export function outcomeLeg(story: Story, ran: boolean): Leg {
  const observed = choose([...story.outcomes, ...story.compensations], 'outcome', story)
  if (observed) return told([observed], 'outcome', story)
  const end = choose(story.ends, 'execution', story)
  if (end) {
    const leg = told([end], 'outcome', story, 'as the execution reports it: nobody else has confirmed the effect')
    return { ...leg, evidence: 'asserted' }
  }
  const unsure = [...story.outcomes, ...story.compensations, ...story.ends]
  if (unsure.length > 0) return told(unsure, 'outcome', story, 'the outcome may belong to another action')
  if (!ran) return notRequired('nothing ran')
  return untold('outcome', story, 'nothing has been said of what came of it')
}

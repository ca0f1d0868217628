import { contradictionsOf } from '../contradiction.ts'
import { dataOf, entriesOf } from '../story.ts'
import { nameOf } from '../summary.ts'
import { principalOf } from '@onbehalf/events'
import { actionRule } from './rule.ts'

export const outcomeContradicts = actionRule({
  id: 'OUT-03',
  version: 1,
  severity: 'high',
  title: 'The outcome contradicts what was decided or executed',
  doc: 'Somebody who watches the effects has seen something else than what was decided, or than what the execution reports.',
  resolvedBy: 'A retraction of what was said wrongly; or a decision or end that arrives late and agrees with the outcome.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI10'], nhi: [], nist: ['AU-6(3)', 'SI-4'] },
  check({ story, decided }) {
    const [first] = contradictionsOf(story, decided.effect)
    if (!first) return null
    const { fact } = first.outcome
    const { observer, observed_effect } = dataOf<'outcome.observed'>(fact)
    return {
      explanation: `${nameOf(principalOf(observer, fact.producer))} saw at ${fact.time} that the effect ${seen[observed_effect]}, but ${first.against}.`,
      entries: entriesOf([first.outcome, ...(first.end ? [first.end] : decided.by)]),
    }
  },
})

const seen = { occurred: 'is there', did_not_occur: 'is not there', differs: 'is another one' }

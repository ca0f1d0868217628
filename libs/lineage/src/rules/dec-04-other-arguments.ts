import { decisionOf, enforcedInTime, executedArguments, isFor, policyPointOf } from '../decision.ts'
import { runOf } from '../run.ts'
import { entriesOf } from '../story.ts'
import { actionRule } from './rule.ts'

export const otherArguments = actionRule({
  id: 'DEC-04',
  version: 1,
  severity: 'high',
  title: 'Ran with other arguments than decided',
  doc: 'A policy point was asked about some arguments, and others were executed: what ran is not what was decided. '
    + 'Only digests of one projection compare.',
  resolvedBy: 'A decision by the same policy point, before the start, for the arguments that ran.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI02', 'ASI03'], nhi: [], nist: ['AC-3', 'AC-24'] },
  check({ story }) {
    const ran = runOf(story)
    if (ran.length === 0) return null
    const points = Map.groupBy(enforcedInTime(story), policyPointOf)
    for (const args of executedArguments(story))
      for (const [point, decisions] of points) {
        if (decisions.some((b) => isFor(args, decisionOf(b).evaluated))) continue
        const last = decisions.at(-1)!
        return {
          explanation: `The arguments that ran at ${ran[0]!.fact.time} (${args.digest}) are not those that ${point} decided on at ${last.fact.time} `
            + `(${decisionOf(last).evaluated!.arguments_digest}).`,
          entries: entriesOf([...story.requests, ...decisions, ...ran]),
        }
      }
    return null
  },
})

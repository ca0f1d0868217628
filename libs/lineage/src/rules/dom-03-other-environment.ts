import type { Links } from '@onbehalf/events'
import { certain, counting, dataOf } from '../story.ts'
import { actionRule } from './rule.ts'

export const otherEnvironment = actionRule({
  id: 'DOM-03',
  version: 1,
  severity: 'medium',
  title: 'A credential of another environment',
  doc: 'The credential that was used was issued for one environment, and the resource is in another.',
  resolvedBy: 'An issue of the credential for this environment, told late by who is registered for grants.',
  armedBy: 'opt-in',
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: ['NHI8:2025'], nist: ['AC-2(11)', 'AC-6'] },
  check({ story, context, requested, request }) {
    const here = requested?.resource?.environment
    if (here === undefined) return null
    for (const { fact } of counting(certain([...story.requests, ...story.starts, ...story.ends]), 'execution', story)) {
      const { credential_id: id } = fact.data as Links
      const issued = id === undefined ? [] : context.credential(id).filter((each) => environmentOf(each) !== undefined)
      if (issued.length === 0 || issued.some((each) => environmentOf(each) === here)) continue
      return {
        explanation: `The credential was issued for ${environmentOf(issued[0]!)} at ${issued[0]!.time}, and used on a resource of ${here}.`,
        entries: [...new Set([request!.fact.entry, fact.entry, ...issued.map((each) => each.entry)])],
      }
    }
    return null
  },
})

function environmentOf(fact: Parameters<typeof dataOf>[0]): string | undefined {
  return fact.type === 'credential.issued' ? fact.data.environment : undefined
}

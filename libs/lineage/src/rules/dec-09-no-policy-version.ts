import { decisionOf, policyPointOf } from '../decision.ts'
import { entriesOf } from '../story.ts'
import { actionRule } from './rule.ts'

export const noPolicyVersion = actionRule({
  id: 'DEC-09',
  version: 1,
  severity: 'info',
  title: 'A decision without policy or version',
  doc: 'The decision does not say which policy decided, or which version of it (a digest will do): nobody can tell later why.',
  resolvedBy: 'Nothing that comes later; let the policy point say `policies` with `id` and `version`.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: [], nhi: [], nist: ['AU-3(1)'] },
  check({ decided }) {
    for (const b of decided.last) {
      const { policies, enforcement } = decisionOf(b)
      // Where nothing could be asked there is no policy to name: that is DEC-08.
      if (enforcement === 'failed_open') continue
      const unnamed = policies.find(({ version, digest }) => version === undefined && digest === undefined)
      if (policies.length > 0 && !unnamed) continue
      const missing = unnamed ? `which version of ${unnamed.id} decided` : 'which policy decided'
      return { explanation: `The decision of ${policyPointOf(b)} at ${b.fact.time} does not say ${missing}.`, entries: entriesOf([b]) }
    }
    return null
  },
})

import { signalsAgainst } from '../authority.ts'
import { runOf } from '../run.ts'
import { nameOfSignal } from '../signal.ts'
import { dataOf, entriesOf } from '../story.ts'
import { nameOf } from '../summary.ts'
import { actionRule } from './rule.ts'

export const afterSignal = actionRule({
  id: 'TIM-03',
  version: 1,
  severity: 'critical',
  title: 'Acted after a revoking signal',
  doc: 'The identity provider had signalled (CAEP, RISC) that somebody whom the action rests on lost the session '
    + 'or the account, there was time to hear of it, and the action was started all the same.',
  resolvedBy: 'A signal, arriving late, that the account had been enabled again, or evidence of a session that began after the signal.',
  armedBy: null,
  needsHorizon: false,
  mapping: { asi: ['ASI03'], nhi: [], nist: ['AC-2(6)', 'AC-3(8)', 'IA-13(3)'] },
  check(view) {
    const ran = runOf(view.story)
    if (ran.length === 0) return null
    const { revocation_propagation_ms, skew_ms } = view.story.settings.budgets
    const against = signalsAgainst(view).find(({ fact }) => view.startMs > fact.timeMs + revocation_propagation_ms + skew_ms)
    if (!against) return null
    const signal = nameOfSignal(dataOf<'signal.received'>(against.fact).signal)
    return {
      explanation: `It started at ${ran[0]!.fact.time}; ${signal} had been signalled for ${nameOf(against.principal)} at ${against.fact.time}.`,
      entries: [against.fact.entry, ...entriesOf(ran)],
    }
  },
})

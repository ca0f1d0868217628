import { expect, test } from 'vitest'
import { alice, ben, decided, requested, resolved, started } from './testing/tell.ts'
import { lineageOf } from './testing/world.ts'

const legOf = (approver: object) =>
  lineageOf([requested(0, { initiator: alice }), decided(1, { requires_approval: { separation: true } }), resolved(2, { approver }), started(3)]).legs.approval

test('M85: where separation is required and does not hold, or cannot be told to, the reason of the approval leg says so', () => {
  expect(legOf(ben)).toMatchObject({ evidence: 'asserted', reason: null })
  expect(legOf(alice).reason).toBe('the decision requires that somebody else approves; alice, who approved, started it')
  expect(legOf({ ...ben, iss: 'https://partner.example' }).reason).toBe('the decision requires that somebody else approves; whether ben and alice are one cannot be told')
})

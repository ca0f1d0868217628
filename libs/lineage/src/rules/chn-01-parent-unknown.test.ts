import { configured, granted, requested, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { parentUnknown } from './chn-01-parent-unknown.ts'

const armed = configured({ producers: [{ id: 'sts', legs: ['delegation'] }] })
const sts = { producer: 'sts' }
const root = { kind: 'root' }
const under = requested(0, { delegation_id: 'g' })
const lost = granted(-5, 'g', 'lost', {}, sts)

// Due 60 s after it was asked for (budget context_due_ms), and the owner may take 10 s more (delay_ms).
ruleTable(parentUnknown, [
  { kind: 'firing', given: 'the parent has never been received', when: [armed, lost, under, ticked(100)], then: 'fires', says: /^Delegation g was made from lost, of which no grant/ },
  { kind: 'firing', given: 'the parent is said to be unknown', when: [armed, granted(-5, 'g', { kind: 'unknown' }, {}, sts), under, ticked(100)], then: 'fires', says: /^Delegation g says that its parent is unknown/ },
  { kind: 'firing', given: 'the delegation itself has never been received', when: [armed, under, ticked(100)], then: 'fires', says: /^The action names delegation g, of which/ },
  { kind: 'firing', given: 'only a stranger has told of the parent', when: [armed, lost, granted(-6, 'lost', root), under, ticked(100)], then: 'fires' },
  { kind: 'firing', given: 'a long id', when: [armed, requested(0, { delegation_id: 'x'.repeat(250) }), ticked(100)], then: 'fires', says: /x{250}/ },
  { kind: 'quiet', given: 'nobody is registered for delegations', when: [granted(-5, 'g', 'lost'), under, ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'it reaches a root', when: [armed, granted(-5, 'g', root, {}, sts), under, ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'the parent is another organisation\'s', when: [armed, granted(-5, 'g', { kind: 'external', domain: 'partner.example' }, {}, sts), under, ticked(100)], then: 'quiet' },
  { kind: 'quiet', given: 'the action names no delegation', when: [armed, requested(0), ticked(100)], then: 'quiet' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, lost, under, ticked(59.999)], then: 'quiet' },
  { kind: 'provisional', given: 'the deadline has just passed, and the delay has not', when: [armed, lost, under, ticked(60)], then: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, lost, under, ticked(70)], then: 'fires' },
  { kind: 'resolved', given: 'the parent arrives late', when: [armed, lost, under, ticked(100), granted(-6, 'lost', root, {}, sts)], then: 'quiet' },
])

import { configured, granted, requested, ticked } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { parentUnknown } from './chn-01-parent-unknown.ts'

const armed = configured({ producers: [{ id: 'sts', legs: ['delegation'] }] })
const sts = { producer: 'sts' }
const root = { kind: 'root' }
const under = requested(0, { delegation_id: 'g' })
const lost = granted(-5, 'g', 'lost', {}, sts)

// Due 60 s after it was asked for (budget context_due_ms), and the owner may take 10 s more (delay_ms).
ruleTable('M111: CHN-01', parentUnknown, [
  { kind: 'firing', given: 'the parent has never been received', when: [armed, lost, under, ticked(100)], expect: 'fires', says: /^Delegation g was made from lost, of which no grant/ },
  { kind: 'firing', given: 'the parent is said to be unknown', when: [armed, granted(-5, 'g', { kind: 'unknown' }, {}, sts), under, ticked(100)], expect: 'fires', says: /^Delegation g says that its parent is unknown/ },
  { kind: 'firing', given: 'the delegation itself has never been received', when: [armed, under, ticked(100)], expect: 'fires', says: /^The action names delegation g, of which/ },
  { kind: 'firing', given: 'only a stranger has told of the parent', when: [armed, lost, granted(-6, 'lost', root), under, ticked(100)], expect: 'fires' },
  { kind: 'firing', given: 'a long id', when: [armed, requested(0, { delegation_id: 'x'.repeat(250) }), ticked(100)], expect: 'fires', says: /x{250}/ },
  { kind: 'quiet', given: 'nobody is registered for delegations', when: [granted(-5, 'g', 'lost'), under, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'it reaches a root', when: [armed, granted(-5, 'g', root, {}, sts), under, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'the parent is another organisation\'s', when: [armed, granted(-5, 'g', { kind: 'external', domain: 'partner.example' }, {}, sts), under, ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'the action names no delegation', when: [armed, requested(0), ticked(100)], expect: 'quiet' },
  { kind: 'firing', given: 'the parent of the parent has never been received', when: [armed, granted(-6, 'f', 'lost', {}, sts), granted(-5, 'g', 'f', {}, sts), under, ticked(100)], expect: 'fires', says: /^Delegation f was made from lost/ },
  { kind: 'provisional', given: 'the owner may take longer', when: [configured({ producers: [{ id: 'sts', legs: ['delegation'], delay_ms: 1_000_000 }] }), lost, under, ticked(100)], expect: 'provisional' },
  { kind: 'boundary', given: 'the deadline has not passed', when: [armed, lost, under, ticked(59.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'the deadline has just passed, and the delay has not', when: [armed, lost, under, ticked(60)], expect: 'provisional' },
  { kind: 'boundary', given: 'the delay has just passed', when: [armed, lost, under, ticked(70)], expect: 'fires' },
  { kind: 'resolved', given: 'the parent arrives late', when: [armed, lost, under, ticked(100), granted(-6, 'lost', root, {}, sts)], expect: 'quiet' },
])

import { at, bot, granted, helper, requested } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { windowExceeds } from './scp-02-window-exceeds.ts'

const root = { kind: 'root' }
const under = requested(0, { agent: helper, delegation_id: 'h' })
const child = (data: object, seconds = -8, parent = 'g') => granted(seconds, 'h', parent, { grantor: bot, delegate: helper, ...data })
const parent = (data: object) => granted(-9, 'g', root, data)

ruleTable(windowExceeds, [
  { kind: 'firing', given: 'it ends later', when: [parent({ expires_at: at(60) }), child({ expires_at: at(90) }), under], then: 'fires', says: /^Delegation h lasts until .*09:01:30.*, and g above it until .*09:01:00/ },
  { kind: 'firing', given: 'it begins earlier', when: [parent({ not_before: at(-5) }), child({ not_before: at(-6) }), under], then: 'fires', says: /^Delegation h begins at .*, and g above it at/ },
  { kind: 'firing', given: 'over a hop that says nothing', when: [granted(-10, 'f', root, { expires_at: at(60) }), granted(-9, 'g', 'f', { grantor: bot }), child({ expires_at: at(90) }), under], then: 'fires', says: /and f above it/ },
  { kind: 'quiet', given: 'within', when: [parent({ not_before: at(-20), expires_at: at(60) }), child({ not_before: at(-10), expires_at: at(30) }), under], then: 'quiet' },
  { kind: 'quiet', given: 'what is left out is inherited', when: [parent({ not_before: at(-20), expires_at: at(60) }), child({}), under], then: 'quiet' },
  { kind: 'quiet', given: 'above there is no end', when: [parent({}), child({ expires_at: at(90) }), under], then: 'quiet' },
  { kind: 'boundary', given: 'the same end', when: [parent({ expires_at: at(60) }), child({ expires_at: '2026-11-24T11:01:00+02:00' }), under], then: 'quiet' },
  { kind: 'boundary', given: 'a millisecond later', when: [parent({ expires_at: at(60) }), child({ expires_at: at(60.001) }), under], then: 'fires' },
  { kind: 'resolved', given: 'an earlier grant of that id, within, arrives late', when: [parent({ expires_at: at(60) }), child({ expires_at: at(90) }), under, child({ expires_at: at(50) }, -8.5)], then: 'quiet' },
])

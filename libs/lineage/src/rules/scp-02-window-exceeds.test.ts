import { at, bot, granted, helper, requested } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { windowExceeds } from './scp-02-window-exceeds.ts'

const root = { kind: 'root' }
const under = requested(0, { agent: helper, delegation_id: 'h' })
const child = (data: object, seconds = -8, parent = 'g') => granted(seconds, 'h', parent, { grantor: bot, delegate: helper, ...data })
const parent = (data: object) => granted(-9, 'g', root, data)

ruleTable('M132: SCP-02', windowExceeds, [
  { kind: 'firing', given: 'it ends later', when: [parent({ expires_at: at(60) }), child({ expires_at: at(90) }), under], expect: 'fires', says: /^Delegation h lasts until .*09:01:30.*, and g above it until .*09:01:00/ },
  { kind: 'firing', given: 'it begins earlier', when: [parent({ not_before: at(-5) }), child({ not_before: at(-6) }), under], expect: 'fires', says: /^Delegation h begins at .*, and g above it at/ },
  { kind: 'firing', given: 'over a hop that says nothing', when: [granted(-10, 'f', root, { expires_at: at(60) }), granted(-9, 'g', 'f', { grantor: bot }), child({ expires_at: at(90) }), under], expect: 'fires', says: /and f above it/ },
  { kind: 'quiet', given: 'within', when: [parent({ not_before: at(-20), expires_at: at(60) }), child({ not_before: at(-10), expires_at: at(30) }), under], expect: 'quiet' },
  { kind: 'quiet', given: 'what is left out is inherited', when: [parent({ not_before: at(-20), expires_at: at(60) }), child({}), under], expect: 'quiet' },
  { kind: 'quiet', given: 'above there is no end', when: [parent({}), child({ expires_at: at(90) }), under], expect: 'quiet' },
  { kind: 'firing', given: 'of two above the one that ends first is named', when: [granted(-10, 'f', root, { not_before: at(-20), expires_at: at(60) }), granted(-9, 'g', 'f', { grantor: bot, expires_at: at(50) }), child({ expires_at: at(90) }), under], expect: 'fires', says: /and g above it until .*09:00:50/ },
  { kind: 'firing', given: 'of two above the one that begins last is named', when: [granted(-10, 'f', root, { expires_at: at(60) }), granted(-9, 'g', 'f', { grantor: bot, not_before: at(-5) }), child({ not_before: at(-6) }), under], expect: 'fires', says: /and g above it at/ },
  { kind: 'firing', given: 'of two above with one end the first is named', when: [granted(-10, 'f', root, { expires_at: at(60) }), granted(-9, 'g', 'f', { grantor: bot, expires_at: at(60) }), child({ expires_at: at(90) }), under], expect: 'fires', says: /and f above it until/ },
  { kind: 'boundary', given: 'the same beginning', when: [parent({ not_before: at(-5) }), child({ not_before: at(-5) }), under], expect: 'quiet' },
  { kind: 'boundary', given: 'the same end', when: [parent({ expires_at: at(60) }), child({ expires_at: '2026-11-24T11:01:00+02:00' }), under], expect: 'quiet' },
  { kind: 'boundary', given: 'a millisecond later', when: [parent({ expires_at: at(60) }), child({ expires_at: at(60.001) }), under], expect: 'fires' },
  { kind: 'resolved', given: 'an earlier grant of that id, within, arrives late', when: [parent({ expires_at: at(60) }), child({ expires_at: at(90) }), under, child({ expires_at: at(50) }, -8.5)], expect: 'quiet' },
])

import { ruleTable } from '../testing/rule-table.ts'
import { at, bot, completed, granted, helper, requested, started } from '../testing/tell.ts'
import { outsideWindow } from './tim-01-outside-window.ts'

const root = (data: object) => granted(0, 'root', { kind: 'root' }, { delegate: helper, ...data })
const leaf = (data: object = {}) => granted(0, 'g', 'root', { grantor: helper, delegate: bot, ...data })
const ran = (seconds: number) => [requested(seconds, { delegation_id: 'g' }), started(seconds), completed(seconds + 1)]

// Clocks may differ by 5 s (budget skew_ms).
ruleTable('M141: TIM-01', outsideWindow, [
  { kind: 'firing', given: 'the delegation had expired', when: [root({}), leaf({ expires_at: at(100) }), ...ran(200)], expect: 'fires', says: /^It started at .*:03:20.*, and delegation g had expired at .*:01:40/ },
  { kind: 'firing', given: 'the one above had expired', when: [root({ expires_at: at(100) }), leaf({ expires_at: at(900) }), ...ran(200)], expect: 'fires', says: /delegation root had expired/ },
  { kind: 'firing', given: 'it had not begun', when: [root({}), leaf({ not_before: at(300) }), ...ran(200)], expect: 'fires', says: /delegation g begins only at/ },
  { kind: 'quiet', given: 'within both windows', when: [root({ not_before: at(0), expires_at: at(900) }), leaf({ expires_at: at(300) }), ...ran(200)], expect: 'quiet' },
  { kind: 'quiet', given: 'no window is said', when: [root({}), leaf(), ...ran(200)], expect: 'quiet' },
  { kind: 'quiet', given: 'it was blocked', when: [root({}), leaf({ expires_at: at(100) }), requested(200, { delegation_id: 'g' }), completed(201, { status: 'blocked' })], expect: 'quiet' },
  { kind: 'boundary', given: 'expired by no more than the skew', when: [root({}), leaf({ expires_at: at(100) }), ...ran(105)], expect: 'quiet' },
  { kind: 'boundary', given: 'expired by just more', when: [root({}), leaf({ expires_at: at(100) }), ...ran(105.001)], expect: 'fires' },
  { kind: 'boundary', given: 'too early by no more than the skew', when: [root({}), leaf({ not_before: at(100) }), ...ran(95)], expect: 'quiet' },
  { kind: 'boundary', given: 'too early by just more', when: [root({}), leaf({ not_before: at(100) }), ...ran(94.999)], expect: 'fires' },
  { kind: 'resolved', given: 'an earlier start arrives late', when: [root({}), leaf({ expires_at: at(100) }), ...ran(200), started(90)], expect: 'quiet' },
])

import { describe, expect, test } from 'vitest'
import { findingsOf } from '../findings.ts'
import type { Rule } from '../rules/index.ts'
import { sha256, views, world, type Told } from './world.ts'

/** One case of a rule: what was told, and what the rule says of it. */
export interface Case {
  /** `firing`, `quiet`: with and without the violation; `boundary`: just within and just beyond; the others speak for themselves. */
  kind: 'firing' | 'quiet' | 'boundary' | 'provisional' | 'resolved'
  given: string
  when: readonly Told[]
  /** On the action whose id is `a`, unless another is named. */
  then: 'fires' | 'provisional' | 'quiet'
  action?: string
  severity?: string
  /** What the sentence must contain. */
  says?: RegExp
}

/** The table of an action rule: every case is a test, and every kind that the rule can show has one. */
export function ruleTable(rule: Rule, cases: readonly Case[]): void {
  describe(`${rule.id}`, () => {
    test.each(cases)('$kind: $given', ({ when, then, action = 'a', severity, says }) => {
      const view = views(world(when)).find((each) => each.action.root === `action:${action}`)
      if (!view) throw new Error(`there is no action ${action}`)
      const found = findingsOf(view, sha256).filter((finding) => finding.rule === rule.id)
      expect(found.map((finding) => (finding.provisional ? 'provisional' : 'fires'))).toEqual(then === 'quiet' ? [] : [then])
      for (const finding of found) {
        expect(finding).toMatchObject({ version: rule.version, severity: severity ?? rule.severity, title: rule.title })
        expect(finding.explanation).toMatch(says ?? /\.$/)
        expect(finding.explanation).not.toMatch(/undefined|null|NaN|\[object/)
        expect(finding.entries.length).toBeGreaterThan(0)
      }
    })

    test('its table has every kind of case', () => {
      const kinds = new Set(cases.map((each) => each.kind))
      const restsOnAbsence = cases.some((each) => each.then === 'provisional')
      expect([...kinds].sort()).toEqual(['boundary', 'firing', ...(restsOnAbsence ? ['provisional'] : []), 'quiet', 'resolved'])
    })
  })
}

import { describe, expect, test } from 'vitest'
import type { Finding } from '../document.ts'
import { findingsOf } from '../findings.ts'
import type { Rule } from '../rules/index.ts'
import { designed } from './designed.ts'
import { sha256, views, world, type Told } from './world.ts'

/** One case of a rule: what was told, and what the rule says of it. */
export interface Case {
  /** `firing`, `quiet`: with and without the violation; `boundary`: just within and just beyond; the others speak for themselves. */
  kind: 'firing' | 'quiet' | 'boundary' | 'provisional' | 'resolved'
  given: string
  when: readonly Told[]
  /** On the action whose id is `a`, unless another is named. */
  expect: 'fires' | 'provisional' | 'quiet'
  action?: string
  severity?: string
  /** What the sentence must contain. */
  says?: RegExp
  /** The grouping key that the finding must have, where it is not the action's id. */
  of?: string
}

/**
 * The table of an action rule: every case is a test, and every kind that the rule can show has one.
 *
 * @param row of SPEC.md and the rule: `M161: DEC-01`
 */
export function ruleTable(row: string, rule: Rule, cases: readonly Case[]): void {
  describe(`${row}`, () => {
    test.each(cases)('$kind: $given', ({ when, expect: outcome, action = 'a', severity, says, of }) => {
      const view = views(world(when)).find((each) => each.action.root === `action:${action}`)
      if (!view) throw new Error(`there is no action ${action}`)
      const found = findingsOf(view, sha256).filter((finding) => finding.rule === rule.id)
      expect(found.map(stateOf)).toEqual(outcome === 'quiet' ? [] : [outcome])
      for (const finding of found) {
        expectIsOf(rule, finding, severity, says)
        expect(finding.entries.length).toBeGreaterThan(0)
        if (of !== undefined || !rule.groupedBy) expect(finding.id).toBe(`${rule.id}:${of ?? action}`)
      }
    })

    hasEveryKind(row, rule, cases)
  })
}

export function stateOf({ provisional }: Finding): 'provisional' | 'fires' {
  return provisional ? 'provisional' : 'fires'
}

/** That a finding is what the rule, and the design, say of it. */
export function expectIsOf(rule: Pick<Rule, 'id' | 'version' | 'title'>, finding: Finding, severity: string | undefined, says: RegExp | undefined): void {
  expect(finding).toMatchObject({ version: rule.version, severity: severity ?? designed[rule.id]!.severity, title: rule.title })
  expect(finding.explanation).toMatch(says ?? /\.$/)
  expect(finding.explanation).not.toMatch(/undefined|null|NaN|\[object/)
}

/** @param never kinds of cases that the rule cannot show, each with why */
export function hasEveryKind(
  row: string, rule: Pick<Rule, 'id' | 'needsHorizon'>, cases: readonly Pick<Case, 'kind'>[], never: Partial<Record<Case['kind'], string>> = {},
): void {
  test('its table has every kind of case', () => {
    expect(row).toMatch(new RegExp(`^M\\d+: ${rule.id}$`))
    const kinds = [...new Set(cases.map((each) => each.kind))]
    expect([...kinds, ...Object.keys(never)].sort()).toEqual(['boundary', 'firing', ...(rule.needsHorizon ? ['provisional'] : []), 'quiet', 'resolved'])
  })
}

import { describe, expect, test } from 'vitest'
import { principalText } from '../index.ts'
import type { Finding } from '../document.ts'
import { findingsAbout, isSubject, type Figures, type FoundAbout } from '../findings-about.ts'
import type { Key } from '../key.ts'
import { Resolver } from '../resolve.ts'
import type { Rule } from '../rules/index.ts'
import { expectIsOf, hasEveryKind, stateOf, type Case } from './rule-table.ts'
import { sha256, views, world, type Told, type World } from './world.ts'

/** One case of a rule about something that is no action: on whatever subject of the world. */
export type SubjectCase = Omit<Case, 'action'> & {
  /** The time of the horizon at which it has to be looked at again, since what is absent may be said then. */
  again?: string
}

/** As `ruleTable`. @param never kinds of cases that the rule cannot show, each with why */
export function subjectTable(row: string, rule: Rule<never>, cases: readonly SubjectCase[], never: Partial<Record<Case['kind'], string>> = {}): void {
  describe(`${row}`, () => {
    test.each(cases)('$kind: $given', ({ when, expect: outcome, of, severity, says, again }) => {
      const found = findingsOn(when).filter((finding) => finding.rule === rule.id)
      expect(found.map(stateOf)).toEqual(outcome === 'quiet' ? [] : [outcome])
      expect(findingsOn(when.toReversed()).filter((finding) => finding.rule === rule.id), 'in another order').toEqual(found)
      for (const finding of found) {
        expectIsOf(rule, finding, severity, says)
        if (of !== undefined) expect(finding.id).toBe(`${rule.id}:${of}`)
      }
      if (again !== undefined) expect(foundOn(when).flatMap(({ dues }) => dues)).toContainEqual({ clock: '', atMs: Date.parse(again) })
    })

    hasEveryKind(row, rule, cases, never)
  })
}

/** What the rules find of everything in a world that is no action. */
export function findingsOn(told: readonly Told[]): Finding[] {
  return foundOn(told).flatMap(({ findings }) => findings)
}

function foundOn(told: readonly Told[]): FoundAbout[] {
  const journal = world(told)
  const resolver = new Resolver(journal.known)
  const keys = new Set([...journal.known.facts.keys(), ...journal.known.links.keys(), ...journal.facts.map((fact) => `source:${fact.source}`)])
  return [...keys].filter(isSubject).sort()
    .flatMap((key) => findingsAbout(key, figuresOf(key, journal), journal.known, resolver, sha256) ?? [])
}

/** What the read models count, counted naively. */
function figuresOf(key: Key, journal: World): Figures {
  const [kind, id] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)]
  const all = kind === 'agent' || kind === 'delegation' ? views(journal) : []
  const acted = all.filter(({ roles: { actor } }) => actor.principal !== null && principalText(actor.principal) === id).map(({ moment }) => moment.timeMs)
  return {
    lastActedMs: acted.length === 0 ? null : Math.max(...acted),
    uses: all.filter(({ startMs, chain }) => startMs < Infinity && chain.hops.some((hop) => hop.delegation_id === id)).length,
    holes: kind === 'source' ? holesOf(id, journal) : [],
  }
}

function holesOf(source: string, { facts }: World): Figures['holes'] {
  const numbered = facts.flatMap((fact) => (fact.source === source && fact.event.sequence !== undefined ? [{ fact, text: fact.event.sequence }] : []))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
  return numbered.slice(1).flatMap(({ fact, text }, i) => {
    const after = numbered[i]!
    const missing = Number(text) - Number(after.text) - 1
    return missing > 0 ? [{ after: after.text, before: text, beforeMs: fact.timeMs, missing }] : []
  })
}

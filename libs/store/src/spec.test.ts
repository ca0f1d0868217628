import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'

test('every invariant of SPEC.md has its tests in the files it names, and every numbered test its invariant', () => {
  const spec = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8')
  const said = new Map([...spec.matchAll(/^- \*\*(J\d+)\*\* (.*)$/gm)].map(([, id, text]) =>
    [id!, new Set([...text!.matchAll(/`([\w/.-]+\.test\.ts)`/g)].map((match) => match[1]!))]))
  const tested = new Map<string, Set<string>>()
  for (const file of readdirSync(new URL('.', import.meta.url), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.test.ts') || file.startsWith('lineage')) continue
    const source = readFileSync(new URL(file, import.meta.url), 'utf8')
    for (const [title] of source.matchAll(/test\((['"`]).*?\1,/g)) {
      for (const [id] of title.matchAll(/\bJ\d+(?=:)/g)) tested.set(id, (tested.get(id) ?? new Set()).add(file))
    }
  }
  expect(said.size).toBeGreaterThan(20)
  expect(Object.fromEntries(tested)).toEqual(Object.fromEntries(said))
})

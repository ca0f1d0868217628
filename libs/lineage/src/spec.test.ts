import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const here = import.meta.dirname
const text = (file: string) => readFileSync(join(here, file), 'utf8')

/** A row of a table: `| M1 | sentence. | [history](src/history.test.ts) |`. */
const rows = [...text('../SPEC.md').matchAll(/^\| (M\d+) \| (.*) \| (.*) \|$/gm)].map(([, id, sentence, tests]) => ({
  id: id!, sentence: sentence!, files: [...tests!.matchAll(/\]\(src\/(\S+\.test\.ts)\)/g)].map((link) => link[1]!),
}))

/** The number that begins the title of each test. */
const numbered = new Map(readdirSync(here, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'))
  .map((file) => [file, [...text(file).matchAll(/^.*\((?:'|")(M\d+): /gm)].map((title) => title[1]!)]))

test('M82: every row of SPEC.md is one sentence, once, and names the tests that carry its number', () => {
  expect(rows.length).toBeGreaterThan(70)
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  for (const { id, sentence } of rows) expect(sentence, id).toMatch(/^[^a-z\\].*[^\\]\.$/)
  const carrying = (id: string) => [...numbered].filter(([, ids]) => ids.includes(id)).map(([file]) => file)
  expect(rows.map(({ id, files }) => [id, files.toSorted()])).toEqual(rows.map(({ id }) => [id, carrying(id).toSorted()]))
})

test('M82: every test carries the number of a row', () => {
  const ids = new Set(rows.map(({ id }) => id))
  for (const [file, titles] of numbered) {
    expect(titles.filter((id) => !ids.has(id)), file).toEqual([])
    expect(titles.length, file).toBe([...text(file).matchAll(/^ *(test(\.each)?|ruleTable|subjectTable)[(<]/gm)].length)
  }
})

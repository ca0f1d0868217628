import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const room = join(import.meta.dirname, '..')
const spec = readFileSync(join(room, 'SPEC.md'), 'utf8')

/** `- **E1** sentence. [file](src/file)`, one item each. */
const invariants = new Map(
  [...spec.matchAll(/^- \*\*(E\d+)\*\* ([^]*?)(?=^- \*\*|^#|(?![^]))/gm)].map(([, id, item]) => [
    id!,
    [...item!.matchAll(/\]\((\S+\.test\.ts)\)/g)].map((link) => link[1]!),
  ]),
)

test('E18: every invariant of SPEC.md names tests that carry its number', () => {
  expect(invariants.size).toBeGreaterThan(15)
  for (const [id, files] of invariants) {
    expect(files.length, id).toBeGreaterThan(0)
    for (const file of files) expect(readFileSync(join(room, file), 'utf8'), `${id} in ${file}`).toContain(`'${id}: `)
  }
})

test('E18: every test carries the number of an invariant', () => {
  const all = readdirSync(join(room, 'src'), { recursive: true, encoding: 'utf8' })
  const files = all.filter((file) => file.endsWith('.test.ts'))
  expect(files.length).toBeGreaterThan(8)
  for (const file of files) {
    const titles = readFileSync(join(room, 'src', file), 'utf8').matchAll(/\btest(?:\.each\([^]*?\))?\(\s*'([^']*)'/g)
    for (const [, title] of titles) expect([...invariants.keys()], `${file}: ${title}`).toContain(title!.split(':')[0])
  }
})

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { generateConfig, generateErrorDocs } from './config.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'onbehalf-generate-'))
})
afterEach(() => rm(root, { recursive: true }))
const readme = () => readFile(join(root, 'README.md'), 'utf8')

test('the table stands between the markers, and nothing else changes', async () => {
  await writeFile(join(root, 'README.md'), '# A\n<!-- config:start -->\nold\n<!-- config:end -->\nB\n')
  await expect(generateConfig(root, { check: true })).rejects.toThrow('npm run generate')
  await generateConfig(root, { check: false })
  const after = await readme()
  expect(after).toMatch(/^# A\n<!-- config:start -->\n\| variable \|[^]*\n<!-- config:end -->\nB\n$/)
  expect(after).toContain('| `ONBEHALF_DATA_DIR` | `.onbehalf` |')
  await generateConfig(root, { check: true })
  await generateConfig(root, { check: false })
  expect(await readme()).toBe(after)
})

test('markers with nothing between are filled, a README without them is left alone', async () => {
  await writeFile(join(root, 'README.md'), '<!-- config:start -->\n<!-- config:end -->')
  await generateConfig(root, { check: false })
  expect(await readme()).toContain('ONBEHALF_HOST')
  await writeFile(join(root, 'README.md'), '# A\n')
  await generateConfig(root, { check: true })
  expect(await readme()).toBe('# A\n')
  await rm(join(root, 'README.md'))
  await generateConfig(root, { check: true })
})

test('the error page is written whole', async () => {
  await expect(generateErrorDocs(root, { check: true })).rejects.toThrow()
  await generateErrorDocs(root, { check: false })
  await generateErrorDocs(root, { check: true })
})

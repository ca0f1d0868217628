import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfigurationFile } from './file.ts'

const directory = mkdtempSync(join(tmpdir(), 'onbehalf-file-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

const known = { rules: ['CHN-05'] }
const failure = (path: string) => {
  try {
    readConfigurationFile(path, known)
  } catch (error) {
    return error as Error & { code: string; details: { errors?: object[] } }
  }
  throw new Error('was read')
}

test('J27: a configuration file is JSON or YAML, of one shape', () => {
  const json = file('a.json', '\ufeff{ "tenants": { "default": { "producers": [{ "id": "pdp-eu", "legs": ["decision"] }], "rules": { "CHN-05": { "on": true } } } } }')
  const yaml = file('a.yaml', '# ours\ntenants:\n  default:\n    producers:\n      - { id: pdp-eu, legs: [decision] }\n    rules:\n      CHN-05: { on: yes-it-is }\n'.replace('yes-it-is', 'true'))
  expect(readConfigurationFile(yaml, known)).toEqual(readConfigurationFile(json, known))
  expect(readConfigurationFile(file('json-as.yml', '{"tenants": {}}'), known).tenants).toHaveProperty('default')
})

test('J27: a file that breaks a rule is refused with its name, pointer, rule and value', () => {
  const path = file('bad.yaml', 'tenants:\n  default:\n    budgets: { skew: 1, depth_max: 99 }\n')
  const { code, message, details } = failure(path)
  expect(code).toBe('config_document_invalid')
  expect(message).toBe(`${path}: /tenants/default/budgets/skew is not known here; did you mean skew_ms? (it is 1) (and 1 more).`)
  expect(details.errors).toMatchObject([
    { path: '/tenants/default/budgets/skew', value: 1 },
    { path: '/tenants/default/budgets/depth_max', rule: 'must be a whole number from 1 to 64', value: 99 },
  ])
})

test.each([
  ['missing.yaml', null, 'cannot be read (ENOENT).'],
  ['empty.yaml', '', 'the document must be an object'],
  ['broken.json', '{', 'is not JSON: '],
  ['broken.yaml', 'a: [', 'is not YAML: '],
  ['twice.yaml', 'tenants: {}\ntenants: {}\n', 'Map keys must be unique'],
  ['bomb.yaml', `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.split('').map((c, i) => `${c}: &${c} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[i]}`)}]`).join('\n')}\n`, 'is not YAML: Excessive alias count'],
])('J27: %s is refused', (name, text, expected) => {
  const path = text === null ? join(directory, name) : file(name, text)
  const { code, message } = failure(path)
  expect(code).toBe('config_document_invalid')
  expect(message.startsWith(path)).toBe(true)
  expect(message).toContain(expected)
})

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { version } from './version.ts'

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string; dependencies?: object; peerDependencies: object }

test('the version that spans say is that of the package', () => {
  expect(version).toBe(manifest.version)
})

test('nothing but @opentelemetry/api is needed at run time', () => {
  expect(manifest.dependencies).toBeUndefined()
  expect(Object.keys(manifest.peerDependencies)).toEqual(['@opentelemetry/api'])
  const sources = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const imported = sources.flatMap((name) => [...readFileSync(join(import.meta.dirname, name), 'utf8').matchAll(/from '([^']+)'/g)].map((match) => match[1]!))
  expect(sources.length).toBeGreaterThan(15)
  expect(new Set(imported.filter((name) => !name.startsWith('./')))).toEqual(new Set(['@opentelemetry/api']))
})

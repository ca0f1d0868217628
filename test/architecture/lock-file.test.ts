import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

interface Locked {
  version?: string
  resolved?: string
  link?: boolean
  optionalDependencies?: Record<string, string>
}

const root = resolve(import.meta.dirname, '../..')
const text = readFileSync(resolve(root, 'package-lock.json'), 'utf8')
const packages = Object.entries((JSON.parse(text) as { packages: Record<string, Locked> }).packages)

test('every optional dependency of every package is locked, or `npm ci` refuses on another machine', () => {
  const locked = new Set(packages.map(([path]) => path.split('node_modules/').pop()))
  const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !locked.has(name)).map((name) => `${path} wants ${name}`))
  expect(packages.length).toBeGreaterThan(100)
  expect(missing).toEqual([])
})

test('the lock file names no registry', () => {
  expect(packages.filter(([, { link, resolved }]) => !link && resolved !== undefined).map(([path]) => path)).toEqual([])
  expect(text).not.toMatch(/https?:\/\/(?!github\.com|opencollective\.com|[^"]*\/(?:sponsors|fund|donate))[^"]*\.(?:tgz|tar\.gz)/)
})

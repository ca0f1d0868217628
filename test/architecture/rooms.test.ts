import { readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/** What no tool sees: who may import whom down to single files, and what the pure libraries may not touch. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const pure = new Set(['events', 'ledger', 'lineage'])
const may: Record<string, readonly string[]> = {
  events: [],
  ledger: [],
  lineage: ['events'],
  runtime: [],
  store: ['events', 'ledger', 'lineage', 'runtime'],
  stream: ['runtime'],
  sdk: ['events'],
  testkit: ['events', 'ledger', 'lineage', 'runtime', 'store', 'stream'],
}
const libs = Object.keys(may)
const services = readdirSync(join(root, 'services'))
for (const service of services) may[service] = libs.filter((lib) => lib !== 'testkit')
// The command line composes the services, and plays the scenarios as demos.
may['cli'] = [...libs, ...services, 'testkit/scenarios']

/** What the packages export: `@onbehalf/store`, `@onbehalf/testkit/kafka` … */
const doors = new Set(['libs', 'services'].flatMap((dir) =>
  readdirSync(join(root, dir)).flatMap((room) => {
    const { name, exports } = JSON.parse(readFileSync(join(root, dir, room, 'package.json'), 'utf8')) as { name: string; exports: object }
    return Object.keys(exports).map((door) => name + door.slice(1))
  })))

const files = [...sources(join(root, 'libs')), ...sources(join(root, 'services'))].map((path) => ({
  path: relative(root, path),
  room: relative(root, path).split('/')[1]!,
  isTest: /\.test\.ts$|\/testing\//.test(path),
  text: readFileSync(path, 'utf8'),
}))

describe('the rooms of the house', () => {
  test('there are files to look at in every room', () => {
    const rooms = new Set(files.map((file) => file.room))
    for (const room of ['events', 'ledger', 'lineage', 'store', 'stream', 'runtime', ...services]) expect(rooms).toContain(room)
    expect(files.length).toBeGreaterThan(100)
  })

  test('every import stays within the rules', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file.text)
        .filter((name) => name.startsWith('@onbehalf/'))
        .map((name) => name.slice('@onbehalf/'.length))
        .filter((name) => name !== file.room && !(may[file.room] ?? []).includes(name) && !(file.isTest && name.startsWith('testkit')))
        .filter(() => !file.isTest || pure.has(file.room))
        .map((name) => `${file.path} imports ${name}`))
    expect(wrong).toEqual([])
  })

  test('a room is entered by its door only, never by a path into it', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file.text)
        .filter((name) => (name.startsWith('@onbehalf/') && !doors.has(name)) || name.includes('/libs/') || name.includes('/services/'))
        // A room whose tests need the fixtures that are built on it says so where it does.
        .filter(() => !file.text.includes('@boundaries-ignore'))
        .map((name) => `${file.path} imports ${name}`))
    expect(wrong).toEqual([])
  })

  test('pure libraries know no clock, no chance, no I/O and no Node', () => {
    const forbidden = /\bDate\.now\(|new Date\(\)|Math\.random\(|\bprocess\.|\bBuffer\b|from 'node:|performance\.now|setTimeout\(|\bfetch\(|crypto\./
    const wrong = files
      .filter((file) => pure.has(file.room) && !file.isTest)
      .filter((file) => forbidden.test(code(file.text)))
      .map((file) => file.path)
    expect(wrong).toEqual([])
  })

  test('only main.ts acts on import: nothing else stands at the top level and runs', () => {
    for (const service of services) {
      const main = join(root, 'services', service, 'src/main.ts')
      expect(statSync(main).isFile(), main).toBe(true)
    }
  })

  test('files have names that say one idea', () => {
    const wrong = files.map((file) => file.path).filter((path) => /\/(utils?|helpers?|common|manager|misc|shared)\b/.test(path))
    expect(wrong).toEqual([])
  })
})

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1]!)
}

function code(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '').replaceAll(/'(?:[^'\\\n]|\\.)*'(?!\s*$)/gm, (s) => (s.startsWith("'node:") ? s : "''"))
}

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sources(path)
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}

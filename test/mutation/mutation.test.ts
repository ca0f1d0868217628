import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withMutants } from './mutants.ts'

const broken = (body: string) => withMutants('x.ts', `export function f(a: number, list: number[]) {\n${body}\n}`).mutants.map(({ from, to }) => `${from} -> ${to}`)

test('conditions are negated, boundaries moved, guards dropped, quantifiers swapped', () => {
  expect(broken('  if (a < 1) return null')).toEqual(expect.arrayContaining(['a < 1 -> a <= 1', 'a < 1 -> a >= 1', 'a < 1 -> true', 'a < 1 -> false', '1 -> 2']))
  expect(broken('  return list.some((x) => x === a) && !a')).toEqual(expect.arrayContaining([
    'list.some((x) => x === a) -> list.every((x) => x === a)', 'x === a -> x !== a', '!a -> a', 'list.some((x) => x === a) && !a -> !a',
  ]))
})

test('a rule fires always, never, with another severity, and armed otherwise', () => {
  const { mutants } = withMutants('x.ts', `export const r = actionRule({ severity: 'high', armedBy: { leg: 'decision' }, check(view) { return view } })`)
  expect(mutants.map(({ to }) => to)).toEqual(expect.arrayContaining(['never', 'always', `severity: 'info'`, 'armedBy: null']))
})

test('what is instrumented does what the source does, but for the mutant that is switched on', () => {
  const { code, mutants } = withMutants('x.ts', 'export const f = (a: number) => {\n  if (a < 1) return 0\n  return 7\n}')
  const body = code.replaceAll(': number', '').replace('export const f =', 'return').replace('const $mutant = globalThis.onbehalfMutants.switches(', '').replace(/^.*?\);/, '')
  const run = (active: number, a: number): unknown => (new Function('$mutant', body) as (mutant: (n: number) => boolean) => (a: number) => unknown)((n) => n === active)(a)
  expect([run(-1, 0), run(-1, 1)]).toEqual([0, 7])
  expect(run(mutants.findIndex(({ to }) => to === 'a <= 1'), 1)).toBe(0)
})

test('no mutant of a rule survives its table', async () => {
  const root = join(import.meta.dirname, '..', '..')
  const printed = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [join(import.meta.dirname, 'main.ts'), 'dec-08'], { cwd: root, env: { ...process.env, VITEST: undefined } }, (error, out, err) => (error ? reject(new Error(`${out}${err}`)) : resolve(out)))
  })
  expect(printed).toMatch(/dec-08-failed-open\.ts: \d\d mutants, \d\d killed, 0 equivalent, 0 survived/)
}, 60_000)

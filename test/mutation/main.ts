import { resolve } from 'node:path'
import { globSync } from 'node:fs'
import { equivalents, type Equivalent } from './equivalent.ts'
import { runMutants } from './run.ts'
import type { Judged } from './runner.ts'
import { refusedByTypes } from './types.ts'

/**
 * `npm run mutate`: breaks each rule, and what rules share, in every small way, one at a time, and runs the tests. What
 * survives is a case that no test tells apart from its opposite. `npm run mutate -- dec-01` for files whose path contains it.
 */
const root = resolve(import.meta.dirname, '../..')
const source = 'libs/lineage/src'
/** Computations that rules share, and that no mutant survives in. */
const shared = ['window', 'policy', 'run', 'authority', 'signal', 'agent', 'contradiction', 'refusal', 'lateness', 'decision', 'absence', 'scope', 'retraction', 'findings']
/** Those in which some still do: what survives is told, and is no failure. One that has no survivor left belongs above. */
const open = ['separation', 'approval', 'trust-domain', 'act-claim', 'acting', 'accountable', 'horizon', 'settings', 'identity', 'findings-about', 'subjects']

const wanted = process.argv.slice(2)
const isWanted = (file: string) => wanted.length === 0 || wanted.some((part) => file.includes(part))
const rules = globSync(`${source}/rules/[a-z][a-z][a-z]-[0-9]*.ts`, { cwd: root }).filter((file) => !file.endsWith('.test.ts')).filter(isWanted).sort()
const beside = [...shared, ...open].map((name) => `${source}/${name}.ts`).filter(isWanted)
const ownTests = rules.map((file) => file.replace(/\.ts$/, '.test.ts'))
// The histories say little of one condition and take long.
const otherTests = beside.length === 0 ? [] : globSync(`${source}/**/*.test.ts`, { cwd: root }).filter((file) => !/history|spec/.test(file))
const judged = await runMutants(root, [...rules, ...beside], [...new Set([...ownTests, ...otherTests])].sort())

const isEquivalent = (mutant: Judged, { file, text, from, to }: Equivalent) =>
  mutant.file === file && mutant.text === text && mutant.from === from && mutant.to === to
const refused = await refusedByTypes(root, judged.filter((mutant) => mutant.killedBy === null))
let survivors = 0
for (const file of [...rules, ...beside]) {
  const own = judged.filter((mutant) => mutant.file === file)
  const alive = own.filter((mutant) => mutant.killedBy === null && !refused.has(mutant))
  const survived = alive.filter((mutant) => !equivalents.some((each) => isEquivalent(mutant, each)))
  if (!open.some((name) => file === `${source}/${name}.ts`)) survivors += survived.length
  console.log(`${file.slice(source.length + 1)}: ${own.length} mutants, ${own.length - alive.length} killed, ${alive.length - survived.length} equivalent, ${survived.length} survived`)
  for (const { line, from, to, isReached } of survived)
    console.log(`  ${file}:${line}${isReached ? '' : ' (no test comes here)'}: ${from}  ->  ${to.replace(/\s+/g, ' ')}`)
}
const stale = equivalents.filter((each) => isWanted(each.file) && !judged.some((mutant) => mutant.killedBy === null && !refused.has(mutant) && isEquivalent(mutant, each)))
for (const each of stale) console.log(`equivalent.ts has one that is killed, or is not there any more: ${each.file}: ${each.from}  ->  ${each.to}`)
console.log(`${judged.length} mutants, ${survivors} survived where none may`)
process.exitCode = survivors + stale.length > 0 ? 1 : 0

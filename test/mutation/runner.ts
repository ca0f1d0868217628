import { writeFileSync } from 'node:fs'
import { TestRunner, type RunnerTestCase } from 'vitest'
import type { Mutant } from './mutants.ts'

/** A mutant and what became of it. */
export interface Judged extends Mutant {
  /** The test that failed with it. */
  killedBy: string | null
  /** Whether any test that may kill it runs it. */
  isReached: boolean
}

/** `$mutant` of a module: whether its nth mutant is the one that is switched on. */
interface Switch {
  (nth: number): boolean
  /** One turn of a loop: an error where they do not end. */
  turn(): true
}

/** A test that takes longer is not run again for each mutant. */
const slow_ms = 100
const turns_max = 100_000

const all: Judged[] = []
let active = -1
let reached: Set<number> | null = null
let turns = 0

Object.assign(globalThis, {
  onbehalfMutants: {
    switches(mutants: Mutant[]): Switch {
      const first = all.length
      for (const mutant of mutants) all.push({ ...mutant, killedBy: null, isReached: false })
      const switched = (nth: number) => {
        reached?.add(first + nth)
        return active === first + nth
      }
      return Object.assign(switched, {
        turn() {
          if (active !== -1 && ++turns > turns_max) throw new Error('a loop does not end')
          return true as const
        },
      })
    },
  },
})

/**
 * Runs each test as it is, then again with each mutant that it has come by and that none has killed yet. Where to write what
 * became of them is in the environment (`run.ts`).
 */
export default class MutationRunner extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    const run = TestRunner.getTestFn(test)
    const seen = (reached = new Set<number>())
    const startedMs = performance.now()
    try {
      await run()
    } finally {
      reached = null
    }
    if (performance.now() - startedMs > slow_ms) return
    for (const n of seen) {
      const mutant = all[n]!
      if (mutant.killedBy !== null || !mayKill(test.file.filepath, mutant.file)) continue
      mutant.isReached = true
      active = n
      turns = 0
      try {
        await run()
      } catch {
        mutant.killedBy = test.name
      } finally {
        active = -1
      }
    }
  }

  override onAfterRunFiles(files: Parameters<TestRunner['onAfterRunFiles']>[0]): void {
    super.onAfterRunFiles(files)
    writeFileSync(process.env['ONBEHALF_MUTANTS_RESULT']!, JSON.stringify(all))
  }
}

/** A rule has to be kept by its own table; what rules share by whichever test there is. */
function mayKill(test: string, file: string): boolean {
  return !/\/rules\/[a-z]{3}-\d/.test(file) || test.endsWith(file.replace(/\.ts$/, '.test.ts'))
}

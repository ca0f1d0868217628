import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { RunnerTask } from 'vitest'
import { startVitest } from 'vitest/node'
import { withMutants } from './mutants.ts'
import type { Judged } from './runner.ts'

/**
 * Runs the tests with every mutant of the files, in one worker.
 *
 * @param root of the repository
 * @param files to break, relative to it
 * @param tests to run, relative to it
 * @throws where a test fails without any mutant
 */
export async function runMutants(root: string, files: readonly string[], tests: readonly string[]): Promise<Judged[]> {
  const directory = await mkdtemp(join(tmpdir(), 'onbehalf-mutants-'))
  const result = join(directory, 'result.json')
  const broken = new Set(files)
  try {
    const vitest = await startVitest('test', tests.map((test) => join(root, test)), {
      root, config: false, watch: false, run: true, include: [...tests], runner: join(import.meta.dirname, 'runner.ts'),
      pool: 'threads', isolate: false, fileParallelism: false, maxWorkers: 1, testTimeout: 600_000, reporters: [quiet],
      // What is broken here is of no use to any other run.
      fsModuleCache: false,
      env: { ONBEHALF_MUTANTS_RESULT: result },
    }, {
      plugins: [{
        name: 'mutants',
        enforce: 'pre',
        transform(source, id) {
          const file = relative(root, id.split('?')[0]!)
          return broken.has(file) ? { code: withMutants(file, source).code, map: null } : null
        },
      }],
    })
    const failed = vitest.state.getFiles().filter((file) => file.result?.state !== 'pass')
    await vitest.close()
    if (failed.length > 0) throw new Error(`fails without any mutant: ${failed.map(({ name }) => name).join(', ')}`, { cause: errorOf(failed) })
    return JSON.parse(await readFile(result, 'utf8')) as Judged[]
  } finally {
    await rm(directory, { recursive: true })
  }
}

function errorOf(tasks: readonly RunnerTask[]): unknown {
  for (const task of tasks) {
    const error = task.result?.errors?.[0] ?? ('tasks' in task ? errorOf(task.tasks) : undefined)
    if (error !== undefined) return error
  }
  return undefined
}

/** Nothing but what is asked for is printed. */
const quiet = {}

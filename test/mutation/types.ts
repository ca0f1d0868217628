import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Mutant } from './mutants.ts'

/**
 * Which mutants do not compile: nobody could commit them. Each is written out as a file of its own, and all are compiled at
 * once, as strictly as the repository is but for what is unused.
 */
export async function refusedByTypes<M extends Mutant>(root: string, mutants: readonly M[]): Promise<Set<M>> {
  if (mutants.length === 0) return new Set()
  // Here the packages of the repository are found.
  const directory = join(root, 'node_modules', '.mutants')
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  try {
    for (const [i, mutant] of mutants.entries()) await writeFile(join(directory, nameOf(i)), await mutated(root, directory, mutant))
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { noEmit: true, types: [], noUnusedLocals: false, noUnusedParameters: false, incremental: false, composite: false },
      files: mutants.map((_, i) => nameOf(i)),
    }))
    const printed = await compile(root, directory)
    return new Set(mutants.filter((_, i) => printed.includes(`${nameOf(i)}(`)))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function mutated(root: string, directory: string, { file, start, end, to }: Mutant): Promise<string> {
  const source = await readFile(join(root, file), 'utf8')
  const there = dirname(join(root, file))
  return `${source.slice(0, start)}${to}${source.slice(end)}`
    .replace(/(from|import\() ?'(\.[^']*)'/g, (_, word, path) => `${word} '${relative(directory, join(there, path))}'`)
}

function nameOf(i: number): string {
  return `mutant-${i}.ts`
}

function compile(root: string, directory: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(join(root, 'node_modules', '.bin', 'tsc'), ['-p', directory, '--pretty', 'false'], { maxBuffer: 1 << 26 }, (error, out, err) => {
      if (error !== null && !/error TS/.test(out)) reject(new Error(`tsc: ${error.message} ${out} ${err}`))
      else resolve(out)
    })
  })
}

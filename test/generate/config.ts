import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describeConfig, renderErrorDocs } from '@onbehalf/runtime'

export interface GenerateOptions {
  /** Change nothing: a file that differs is an error. */
  check: boolean
}

/** Writes the table of variables between the markers of README.md; a README without markers is left alone. */
export async function generateConfig(root: string, { check }: GenerateOptions): Promise<void> {
  const path = join(root, 'README.md')
  const before = await readFile(path, 'utf8').catch(() => '')
  const parts = new RegExp(`^([^]*${start}\n)[^]*(${end}[^]*)$`).exec(before)
  if (parts === null) return
  await settle(path, before, `${parts[1]}${configTable()}\n${parts[2]}`, check)
}

/** Writes `docs/errors.md` from the registry of error codes. */
export async function generateErrorDocs(root: string, { check }: GenerateOptions): Promise<void> {
  const path = join(root, 'docs', 'errors.md')
  await settle(path, await readFile(path, 'utf8').catch(() => ''), renderErrorDocs(), check)
}

const start = '<!-- config:start -->'
const end = '<!-- config:end -->'

function configTable(): string {
  const rows = describeConfig().map(({ variable, fallback, meaning }) => `| \`${variable}\` | ${fallback} | ${meaning} |`)
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

async function settle(path: string, before: string, after: string, check: boolean): Promise<void> {
  if (before === after) return
  if (check) throw new Error(`${path} is not what the code says; run \`npm run generate\``)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, after)
}

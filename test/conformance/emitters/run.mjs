import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * `node test/conformance/emitters/run.mjs <framework> …`: installs the real packages outside this repository, runs the
 * framework's script without a network, and writes what it exported to the fixtures of its dialect.
 */
const here = import.meta.dirname
const work = process.env['ONBEHALF_EMITTERS_DIR'] ?? join(tmpdir(), 'onbehalf-emitters')

for (const name of process.argv.slice(2)) {
  const folder = join(work, name)
  mkdirSync(folder, { recursive: true })
  cpSync(join(here, name), folder, { recursive: true })
  cpSync(join(here, 'capture.mjs'), join(work, 'capture.mjs'))
  execFileSync('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error', '--legacy-peer-deps'], { cwd: folder, stdio: 'inherit' })
  execFileSync(process.execPath, ['emit.mjs', resolve(here, '../../../libs/events/src/otlp/dialects/fixtures', name)], { cwd: folder, stdio: 'inherit' })
}

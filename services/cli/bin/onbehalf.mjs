#!/usr/bin/env node
// Plain JavaScript, so that whatever Node the machine has can read it: the program itself needs the Node that this
// repository pins (the npm package `node`), because it runs its TypeScript directly.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const needed = 24

if (Number(process.versions.node.split('.')[0]) >= needed) {
  endWithParent()
  await rememberCompiled()
  await import('../src/main.ts')
} else {
  runAgain(pinnedNode())
}

/**
 * Stripping types and compiling takes longer than most commands do. What was compiled is kept beside what was installed, not
 * in a directory for everybody, where others could put code for us to run; where that cannot be written, nothing is kept.
 */
async function rememberCompiled() {
  const { enableCompileCache } = await import('node:module')
  const installed = fileURLToPath(new URL('../../../node_modules', import.meta.url))
  if (existsSync(installed)) enableCompileCache(join(installed, '.cache', 'onbehalf'))
}

function pinnedNode() {
  try {
    const home = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    const binary = join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    if (existsSync(binary)) return binary
  } catch {
    // Not installed: said below.
  }
  process.stderr.write(`onbehalf: needs Node ${needed}; this is ${process.version}. Run \`npm ci\`, which installs it beside the program.\n`)
  process.exit(2)
}

/** Becomes the program, or, where Node cannot do that, stands in front of it: signals go in, the exit code comes out. */
function runAgain(node) {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  if (typeof process.execve === 'function') {
    process.execve(node, [node, ...args], process.env)
    return
  }
  // A process group of its own: a Ctrl-C in the terminal reaches it once, through us, and not twice.
  // The fourth channel tells it when we are gone without having been able to say so.
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], detached: true })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) {
    process.on(signal, () => child.kill(signal))
  }
  child.once('error', (error) => {
    process.stderr.write(`onbehalf: ${node} does not start: ${error.message}\n`)
    process.exit(70)
  })
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}

function endWithParent() {
  if (!process.connected) return
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel?.unref()
}

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const pom = join(import.meta.dirname, 'pom.xml')
const local = join(import.meta.dirname, '.local')

/**
 * The folder of the broker's jars, fetched by Maven the first time (44 MB). Its name carries a digest of pom.xml, so
 * that a new version is a new folder, and it appears by one rename: a killed or concurrent start leaves no half of it.
 */
export async function brokerJars(): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)
  const jars = join(local, `jars-${digest}`)
  if (existsSync(jars)) return jars
  await mkdir(local, { recursive: true })
  // Two Mavens downloading into one local repository get in each other's way.
  return await locked(join(local, 'jars.lock'), async () => {
    if (existsSync(jars)) return jars
    const partial = join(local, `jars-${digest}.${process.pid}.partial`)
    await rm(partial, { recursive: true, force: true })
    try {
      await maven(partial)
      await rename(partial, jars)
    } finally {
      await rm(partial, { recursive: true, force: true })
    }
    return jars
  })
}

async function maven(outputDirectory: string) {
  const args = ['-B', '-q', ...mavenRepository(), '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${outputDirectory}`]
  const child = spawn('mvn', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'ENOENT'
          ? new Error(
              'Maven is needed once, to fetch Apache Kafka: put `mvn` on the PATH (package `maven` of most systems)',
              { cause },
            )
          : cause,
      ),
    )
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`Maven could not fetch Apache Kafka (exit ${code}):\n${output.slice(-2000)}`)
}

/** Maven keeps what it downloads in the home directory; a user without one (a service account) keeps it here. */
export function mavenRepository(): string[] {
  try {
    accessSync(userInfo().homedir, constants.W_OK)
    return []
  } catch {
    return [`-Dmaven.repo.local=${join(local, 'm2')}`]
  }
}

/** Runs `work` while no other process does, told by a file that names its holder; a dead holder's file is removed. */
async function locked<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      const file = await open(path, 'wx')
      await file.writeFile(String(process.pid))
      await file.close()
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = Number(await readFile(path, 'utf8').catch(() => ''))
      if (holder > 0 && !isAlive(holder)) await rm(path, { force: true })
      else await sleep(200)
    }
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

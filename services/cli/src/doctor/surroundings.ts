import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { readInstance, type Config, type PortSetting } from '@onbehalf/runtime'
import { isAlive } from '../server/server.ts'
import type { Check } from './checks.ts'
import type { Problem } from './problem.ts'

export function checkNode(): Check {
  const { node } = process.versions
  const problems = Number.parseInt(node, 10) >= 24 ? [] : [{ what: `Node ${node} cannot run this; 24 is needed` }]
  return { check: 'node', detail: `${node} on ${process.platform}-${process.arch}`, problems }
}

const freeBytesMin = 1 << 30

export async function checkDataDir(path: string): Promise<{ check: Check; empty: boolean }> {
  const found = await stat(path).catch(() => null)
  if (found === null) return { check: { check: 'data', detail: `${path} is not there yet: the first start makes it`, problems: [] }, empty: true }
  const problems: Problem[] = []
  if (!found.isDirectory()) problems.push({ what: `${path} is not a directory` })
  else if (!(await access(path, constants.W_OK).then(() => true, () => false))) problems.push({ what: `${path} cannot be written by this user` })
  if ((found.mode & 0o077) !== 0) problems.push({ what: `${path} can be read by others (mode ${(found.mode & 0o777).toString(8)}); \`chmod 700\` it` })
  const space = await statfs(path).catch(() => null)
  const free = space === null ? null : space.bavail * space.bsize
  if (free !== null && free < freeBytesMin) problems.push({ what: `only ${Math.floor(free / (1 << 20))} MiB are free on the disk of ${path}` })
  const cluster = await stat(join(path, 'postgres', 'data', 'PG_VERSION')).catch((error: NodeJS.ErrnoException) => (error.code === 'EACCES' ? 'hidden' : null))
  return {
    check: { check: 'data', detail: `${path}${free === null ? '' : `, ${(free / (1 << 30)).toFixed(1)} GiB free`}`, problems },
    empty: cluster === null,
  }
}

/** Whether one runs on the data directory, and is ready. */
export async function checkInstance(dataDir: string): Promise<{ check: Check; runs: boolean }> {
  const instance = readInstance(dataDir)
  if (instance === null || !isAlive(instance.pid)) return { check: { check: 'instance', detail: 'none runs here', problems: [] }, runs: false }
  const problems: Problem[] = []
  try {
    const response = await fetch(`${instance.api_url}/readyz`, { signal: AbortSignal.timeout(5_000), redirect: 'error' })
    const { checks } = await response.json() as { checks: Record<string, { ok: boolean; reason?: string }> }
    for (const [name, { ok, reason }] of Object.entries(checks)) if (!ok) problems.push({ what: `not ready: ${name} ${reason ?? ''}`.trim() })
  } catch {
    problems.push({ what: `${instance.api_url} gives no answer` })
  }
  return { check: { check: 'instance', detail: `process ${instance.pid}, version ${instance.version}, at ${instance.api_url}`, problems }, runs: true }
}

/** A busy default port is replaced at the start and no problem; one that was asked for is. */
export async function checkPorts({ host, apiPort, otlpHttpPort }: Config): Promise<Check> {
  const ports: [string, PortSetting][] = [['API', apiPort], ['events', otlpHttpPort]]
  const problems: Problem[] = []
  const told: string[] = []
  for (const [name, { port, asked, variable }] of ports) {
    const free = port === 0 || (await isFree(port, host))
    told.push(`${name} ${port}${free ? '' : ' in use'}`)
    if (!free && asked) problems.push({ what: `${variable}=${port} is in use on ${host}` })
  }
  return { check: 'ports', detail: told.join(', '), problems }
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host }, () => probe.close(() => resolve(true)))
  })
}

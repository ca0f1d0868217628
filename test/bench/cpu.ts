import { readFileSync, readdirSync } from 'node:fs'
import os from 'node:os'

/** Processes whose CPU is counted, by what they are called in the results. */
export interface Watched {
  node: Record<string, number>
  postmaster: number
  kafka?: number
  /** Backends that only observe, such as the one that asks how far the pipeline is. */
  observers?: readonly number[]
}

/** CPU seconds between two readings, and the time between them. */
export interface CpuUse {
  seconds: number
  node: Record<string, number>
  /** The backends that worked for us. */
  postgres: number
  /** Checkpointer, WAL writer, autovacuum and so on. */
  postgresBackground: number
  kafka: number
  /** Share of all cores that went to processes which are none of ours, and to other guests of the host. */
  others: number
}

/** Starts to measure; call what it answers to stop. Linux only: reads /proc, whose clock ticks every 10 ms. */
export function startMeter(watched: Watched): () => CpuUse {
  const before = readAll(watched)
  const startedAt = performance.now()
  return () => {
    const seconds = (performance.now() - startedAt) / 1000
    const after = readAll(watched)
    const node = Object.fromEntries(Object.keys(after.node).map((name) => [name, after.node[name]! - before.node[name]!]))
    const grown = (of: (reading: Reading) => ReadonlyMap<number, number>) =>
      [...of(after)].reduce((sum, [pid, cpu]) => sum + cpu - (of(before).get(pid) ?? 0), 0)
    const postgres = grown((reading) => reading.backends)
    const observers = grown((reading) => reading.observers)
    const postgresAll = after.postgres - before.postgres
    const kafka = after.kafka - before.kafka
    const ours = Object.values(node).reduce((sum, cpu) => sum + cpu, 0) + postgresAll + kafka
      + ('arm' in node ? 0 : after.self - before.self)
    return {
      seconds, node, postgres, kafka,
      postgresBackground: Math.max(0, postgresAll - postgres - observers),
      others: Math.max(0, after.machine - before.machine - ours) / (seconds * os.cpus().length),
    }
  }
}

interface Reading {
  node: Record<string, number>
  backends: Map<number, number>
  observers: Map<number, number>
  /** Of the postmaster, its children, and those that it has buried. */
  postgres: number
  kafka: number
  self: number
  machine: number
}

function readAll({ node, postmaster, kafka, observers = [] }: Watched): Reading {
  const reading: Reading = {
    node: Object.fromEntries(Object.entries(node).map(([name, pid]) => [name, cpuOf(pid)?.own ?? 0])),
    backends: new Map(), observers: new Map(), postgres: 0, kafka: kafka === undefined ? 0 : cpuOf(kafka)?.own ?? 0,
    self: cpuOf(process.pid)!.own, machine: machineCpu(),
  }
  const server = cpuOf(postmaster)
  reading.postgres = server === null ? 0 : server.own + server.buried
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const child = cpuOf(pid)
    if (child?.parent !== postmaster) continue
    reading.postgres += child.own
    if (observers.includes(pid)) reading.observers.set(pid, child.own)
    else if (isBackend(pid)) reading.backends.set(pid, child.own)
  }
  return reading
}

/** A backend's title names user, database and client address; those of other processes do not. */
function isBackend(pid: number): boolean {
  try {
    return /\d+\.\d+\.\d+\.\d+\(\d+\)/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    return false
  }
}

/** Seconds. proc(5): fields 14 to 17 of stat, counted after the name, which may hold anything but `) `. */
function cpuOf(pid: number): { parent: number; own: number; buried: number } | null {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ').map(Number)
  return { parent: fields[1]!, own: (fields[11]! + fields[12]!) / ticksPerSecond, buried: (fields[13]! + fields[14]!) / ticksPerSecond }
}

/** Everything but idle and waiting for disks; `steal`, what other guests of the host took, counts as used. */
function machineCpu(): number {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.trim().split(/\s+/).slice(1).map(Number)
  const [user, nice, system, , , irq, softirq, steal] = fields as [number, number, number, number, number, number, number, number]
  return (user + nice + system + irq + softirq + steal) / ticksPerSecond
}

/** USER_HZ is 100 on every Linux that runs Node. */
const ticksPerSecond = 100

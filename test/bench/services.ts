import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ArmJob } from './arms/arm.ts'

/** The real services, each a process of its own, as an operator starts them. */
export interface Services {
  pids: Record<string, number>
  /** Resolves as `work` does; rejects with the end of its log when a service ends meanwhile. */
  while<T>(work: Promise<T>): Promise<T>
  /** With `--profile`: starts profiling, or ends it. */
  profile(): Promise<void>
  stop(): Promise<void>
}

/** @param topic what the ingest reads; null: the projector alone, for a journal that the arm itself writes */
export async function startServices(job: ArmJob, postgresUrl: string, topic: string | null): Promise<Services> {
  const env = {
    PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_OPTIONS: process.env['NODE_OPTIONS'],
    ONBEHALF_POSTGRES_URL: postgresUrl,
    ...(topic === null ? {} : { ONBEHALF_KAFKA_BROKERS: job.kafka!.brokers.join(','), ONBEHALF_KAFKA_TOPICS: topic }),
    ONBEHALF_LOG_LEVEL: 'info', ONBEHALF_LOG_FORMAT: 'json',
  }
  const started = (topic === null ? ['projector'] : ['ingest', 'projector']).map((name) => start(job, name, env))
  const failed = Promise.race(started.map(({ ended }) => ended))
  failed.catch(() => undefined)
  let stopping = false
  return {
    pids: Object.fromEntries(started.map(({ name, child }) => [name, child.pid!])),
    while: (work) => Promise.race([work, failed]),
    async profile() {
      if (job.profiles === null) return
      for (const { child } of started) child.kill('SIGUSR2')
      await sleep(500)
    },
    async stop() {
      if (stopping) return
      stopping = true
      for (const { child } of started) child.kill('SIGTERM')
      await Promise.allSettled(started.map(({ ended }) => ended))
    },
  }
}

interface Started {
  name: string
  child: ChildProcess
  /** Rejects when the process ends. */
  ended: Promise<never>
}

function start(job: ArmJob, name: string, env: Record<string, string | undefined>): Started {
  const path = join(job.dir, `${job.arm}-${name}-${job.round}.log`)
  const log = openSync(path, 'a')
  const profiling = job.profiles === null ? [] : ['--import', import.meta.resolve('./profile-on-signal.ts')]
  const child = spawn(process.execPath, [...profiling, join(import.meta.dirname, `../../services/${name}/src/main.ts`)], {
    env: { ...env, ...(job.profiles === null ? {} : { BENCH_PROFILE: join(job.profiles, `${job.arm === 'pipeline' ? '' : `${job.arm}-`}${name}-${job.round}.cpuprofile`) }) },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      const tail = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-5).join('\n')
      reject(new Error(`${name} ended (${code ?? signal}):\n${tail}`))
    })
  })
  ended.catch(() => undefined)
  return { name, child, ended }
}

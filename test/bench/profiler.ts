import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { join } from 'node:path'
import type { ArmJob } from './arms/arm.ts'

/** Runs the measured part of an arm; with `--profile`, under the CPU profiler of this process. */
export async function profiled<T>(job: Pick<ArmJob, 'profiles' | 'round'>, name: string, work: () => Promise<T>): Promise<T> {
  if (job.profiles === null) return work()
  const stop = await startProfile(join(job.profiles, `${name}-${job.round}.cpuprofile`))
  try {
    return await work()
  } finally {
    await stop()
  }
}

/** Answers what stops it and writes the file. A profiled arm is some percent slower. */
export async function startProfile(path: string): Promise<() => Promise<void>> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 500 })
  await session.post('Profiler.start')
  return async () => {
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    writeFileSync(path, JSON.stringify(profile))
  }
}

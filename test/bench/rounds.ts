import { fork } from 'node:child_process'
import type { ArmJob, ArmName, ArmOutcome } from './arms/arm.ts'

export interface Rounds {
  outcomes: ArmOutcome[]
  /** Arms that did not get to their end, and why; they are not tried again. */
  failures: Map<ArmName, string>
}

/** All arms once per round, each round beginning with another one: what drifts, drifts for all of them. */
export async function runRounds(arms: readonly ArmName[], job: Omit<ArmJob, 'arm' | 'round'>, report: (outcome: ArmOutcome) => void): Promise<Rounds> {
  const outcomes: ArmOutcome[] = []
  const failures = new Map<ArmName, string>()
  for (let round = 0; round < job.settings.rounds; round++) {
    for (let turn = 0; turn < arms.length; turn++) {
      const arm = arms[(round + turn) % arms.length]!
      if (failures.has(arm)) continue
      try {
        const outcome = await runArm({ ...job, arm, round })
        outcomes.push(outcome)
        report(outcome)
      } catch (error) {
        failures.set(arm, `${arm}: ${(error as Error).message}`)
      }
    }
  }
  return { outcomes, failures }
}

function runArm(job: ArmJob): Promise<ArmOutcome> {
  const without = import.meta.resolve('./without-evidence/register.ts')
  const child = fork(new URL(import.meta.resolve('./arm-process.ts')), {
    execArgv: job.arm === 'append-without-evidence' ? ['--import', without] : [],
    serialization: 'advanced',
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`the arm's process ended (${code ?? signal})`)))
    child.once('message', (answer: { outcome?: ArmOutcome; failure?: string }) => {
      if (answer.outcome) resolve(answer.outcome)
      else reject(new Error(answer.failure))
    })
    child.send(job)
  })
}

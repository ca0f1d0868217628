import { asOnbehalfError, newReportId, OnbehalfError } from './errors.ts'
import type { Logger } from './logger.ts'

/** Something that is started before what needs it and stopped after. */
export interface Part {
  name: string
  start?(): Promise<void> | void
  /** Take nothing new; what is in hand goes on. Called on every part, newest first, before any is stopped. */
  quiesce?(): Promise<void> | void
  /** Finish what is in hand, then let go. */
  stop?(): Promise<void> | void
  /** Rejects when the part fails while it runs; that stops the process. Read after `start`. */
  readonly failed?: Promise<unknown>
}

export type LifecycleState = 'new' | 'starting' | 'running' | 'stopping' | 'stopped'

export interface Lifecycle {
  readonly state: LifecycleState
  /** Adds a part; one that is added while running is started by the caller, and stopped with the others. */
  add(part: Part): void
  /** Starts the parts in order. If one fails, those before it are stopped and the error is thrown. */
  start(): Promise<void>
  /** Stops the parts in reverse order, once, within the time; answers the names of those that did not make it. */
  stop(): Promise<string[]>
  /** Rejects with the first failure of a running part, or resolves when stopped. */
  readonly ended: Promise<void>
}

export interface LifecycleOptions {
  logger: Logger
  /** For all parts together; default 9 s, so that a process is gone within the promised 10. */
  stopTimeoutMs?: number
}

export function createLifecycle({ logger, stopTimeoutMs = 9_000 }: LifecycleOptions): Lifecycle {
  const parts: Part[] = []
  const started: Part[] = []
  const ended = Promise.withResolvers<void>()
  ended.promise.catch(() => {}) // Who does not listen must not be ended by it.
  let state: LifecycleState = 'new'
  let starting: Promise<void> = Promise.resolve()
  let stopping: Promise<string[]> | null = null

  const watch = (part: Part) => {
    part.failed?.catch((cause: unknown) => {
      if (state === 'stopping' || state === 'stopped') return
      logger.error({ err: cause, part: part.name }, 'a part failed')
      ended.reject(cause)
    })
  }

  const startAll = async () => {
    for (const part of parts) {
      if (state !== 'starting') return // A signal came in the middle: no further part is begun.
      await part.start?.()
      started.push(part)
      watch(part)
      logger.debug({ part: part.name }, 'started')
    }
    if (state === 'starting') state = 'running'
  }

  const stopAll = async (): Promise<string[]> => {
    state = 'stopping'
    const deadline = AbortSignal.timeout(stopTimeoutMs)
    const late: string[] = []
    // A part that is just being started belongs to what has to be stopped; its error is thrown by `start`.
    await bounded(() => starting, deadline, () => {})
    for (const phase of ['quiesce', 'stop'] as const) {
      for (const part of started.toReversed()) {
        const outcome = await bounded(async () => part[phase]?.(), deadline, (error) => {
          logger.error({ err: error, part: part.name }, `could not ${phase}`)
        })
        if (outcome === 'late') late.push(part.name)
      }
    }
    state = 'stopped'
    ended.resolve()
    return [...new Set(late)]
  }

  return {
    get state() {
      return state
    },
    ended: ended.promise,
    add(part) {
      if (state === 'running') {
        started.push(part)
        watch(part)
      } else parts.push(part)
    },
    async start() {
      if (state !== 'new') throw new OnbehalfError('internal', `A lifecycle starts once; this one is ${state}`)
      state = 'starting'
      starting = startAll()
      try {
        await starting
      } catch (error) {
        await (stopping ??= stopAll())
        throw error
      }
    },
    stop: () => (stopping ??= stopAll()),
  }
}

export interface RunProcessOptions {
  logger: Logger
  lifecycle: Lifecycle
  /** Called once everything runs (banner, instance file). */
  ready?(): Promise<void> | void
}

/**
 * Runs a lifecycle as the process: start, wait for SIGINT or SIGTERM or a failure, stop, exit. Never returns.
 * A first signal drains and exits 0 within 10 s; a second one stops at once (130, 143), and nothing is lost either way,
 * because nothing is acknowledged before it is durable. What nobody expected exits 70 with a report id in the log.
 */
export async function runProcess({ lifecycle, logger, ready }: RunProcessOptions): Promise<never> {
  const signalled = Promise.withResolvers<NodeJS.Signals>()
  let signals = 0
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
    process.on(signal, () => {
      if (++signals > 1) process.exit(code)
      logger.info({ signal }, 'stopping; a second signal stops at once')
      signalled.resolve(signal)
    })
  }
  exitOnUnhandled(logger)
  try {
    const up = lifecycle.start().then(async () => {
      if (lifecycle.state === 'running') await ready?.()
      return lifecycle.ended
    })
    await Promise.race([up, signalled.promise])
  } catch (error) {
    const code = reportFailure(logger, error)
    await lifecycle.stop()
    process.exit(code)
  }
  const late = await lifecycle.stop()
  if (late.length > 0) logger.warn({ parts: late }, 'did not stop in time and were left behind; nothing that was acknowledged is lost')
  process.exit(0)
}

/** Unhandled errors end the process with 70; a state that nobody thought of is not worth keeping. */
export function exitOnUnhandled(logger: Logger): void {
  const end = (error: unknown) => {
    reportFailure(logger, error)
    process.exit(70)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}

/** Logs why a process ends, and answers its exit code. Expected errors are a sentence; surprises get a report id. */
export function reportFailure(logger: Logger, error: unknown): number {
  const known = asOnbehalfError(error)
  const code = known?.exitCode ?? 70
  if (known !== null && code !== 70) {
    const cause = known.cause === undefined ? {} : { cause: String(known.cause) }
    logger.fatal({ code: known.code, next: known.next, ...cause }, known.message)
  } else {
    const reportId = newReportId()
    logger.fatal({ err: error, report_id: reportId }, `a fault of ours; report id ${reportId}`)
  }
  return code
}

async function bounded(work: () => Promise<void>, deadline: AbortSignal, failed: (error: unknown) => void): Promise<'done' | 'late'> {
  if (deadline.aborted) return 'late'
  const late = Promise.withResolvers<'late'>()
  const onAbort = () => late.resolve('late')
  deadline.addEventListener('abort', onAbort, { once: true })
  // AbortSignal.timeout does not keep the process alive, this does.
  const alive = setInterval(() => {}, 1_000)
  try {
    const done = work().then(() => 'done' as const, (error: unknown) => (failed(error), 'done' as const))
    return await Promise.race([done, late.promise])
  } finally {
    clearInterval(alive)
    deadline.removeEventListener('abort', onAbort)
  }
}

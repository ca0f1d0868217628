import { asOnbehalfError } from './errors.ts'
import type { Part } from './lifecycle.ts'
import type { Logger } from './logger.ts'

export interface ConfigurationPartOptions {
  /** The configuration as this process holds it; left out where it only follows. */
  configuration?: {
    readonly file: string | null
    /** Answers the tenants whose configuration differed. */
    applyFile(): Promise<string[]>
  }
  registrations: { start(): Promise<void>; stop(): Promise<void> }
  logger: Logger
  /** Where SIGHUP comes from; for tests. */
  signals?: Pick<NodeJS.EventEmitter, 'on' | 'off'>
}

/**
 * The stored configuration as a part of the process, before the doors: follows it, and makes what its file says hold, at
 * the start and on SIGHUP. A bad file at the start is an error; later it is logged, and what held goes on.
 */
export function configurationPart({ configuration, registrations, logger, signals = process }: ConfigurationPartOptions): Part {
  let applying: Promise<void> = Promise.resolve()
  const file = configuration?.file ?? null

  async function apply(): Promise<void> {
    const tenants = await configuration!.applyFile()
    logger.info({ file, tenants }, tenants.length > 0 ? 'the configuration file was read: what differs holds from now on' : 'the configuration file was read: nothing differs')
  }

  function onHangup(): void {
    applying = applying.then(apply).catch((error: unknown) => {
      const known = asOnbehalfError(error)
      logger.error({ file, ...(known === null ? { err: error } : { code: known.code, errors: known.details.errors }) },
        `the configuration file was not taken over, what held goes on: ${(error as Error).message}`)
    })
  }

  return {
    name: 'configuration',
    async start() {
      await registrations.start()
      if (file === null) return
      try {
        await apply()
      } catch (error) {
        await registrations.stop()
        throw error
      }
      signals.on('SIGHUP', onHangup)
    },
    async stop() {
      signals.off('SIGHUP', onHangup)
      await applying
      await registrations.stop()
    },
  }
}

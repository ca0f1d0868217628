import { createAdminServer } from './admin-server.ts'
import { loadConfig, type Config } from './config.ts'
import { createHealth, type Health } from './health.ts'
import { createLifecycle, reportFailure, runProcess, type Lifecycle } from './lifecycle.ts'
import { createLogger, type Logger } from './logger.ts'
import { createMetrics, type Metrics } from './metrics.ts'

/** What every service that runs as a process of its own is given. */
export interface ServiceContext {
  config: Config
  logger: Logger
  metrics: Metrics
  health: Health
  /** `compose` adds the service's parts, in the order in which they are to be started. */
  lifecycle: Lifecycle
}

/**
 * The frame of a `main.ts`: environment -> config -> dependencies -> run. Opens the admin door, starts what `compose`
 * added, and ends by signal or failure with the exit code that fits.
 */
export async function runService(name: string, compose: (context: ServiceContext) => Promise<void> | void): Promise<never> {
  let logger = createLogger({ name })
  try {
    const config = loadConfig(process.env)
    logger = createLogger({ name, level: config.logLevel, format: config.logFormat })
    logger.info({ config: config.redacted }, 'configuration')
    const metrics = createMetrics({ processMetrics: true })
    const health = createHealth()
    const lifecycle = createLifecycle({ logger })
    lifecycle.add(createAdminServer({ host: config.host, port: config.adminPort, health, metrics, logger }))
    await compose({ config, logger, metrics, health, lifecycle })
    return await runProcess({ lifecycle, logger })
  } catch (error) {
    process.exit(reportFailure(logger, error))
  }
}

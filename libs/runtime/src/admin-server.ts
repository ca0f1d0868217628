import type { PortSetting } from './config.ts'
import { addHealthRoutes, type Health } from './health.ts'
import { httpDoor } from './http-door.ts'
import { createHttpServer } from './http-server.ts'
import type { Part } from './lifecycle.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { Door } from './ports.ts'

export interface AdminServerOptions {
  host: string
  port: PortSetting
  health: Health
  metrics: Metrics
  logger: Logger
  opened?: (door: Door) => void
}

/** The door for operators of a service that runs as its own process: `/livez`, `/readyz`, `/metrics`. Start it first. */
export function createAdminServer({ health, metrics, ...options }: AdminServerOptions): Part {
  const app = createHttpServer({ name: 'admin', logger: options.logger, host: options.host })
  addHealthRoutes(app, { health, metrics })
  return { ...httpDoor({ name: 'admin door', app, ...options }), quiesce: () => health.drain() }
}

import { OnbehalfError } from './errors.ts'
import { isLoopback, type HttpServer } from './http-server.ts'
import type { PortSetting } from './config.ts'
import type { Part } from './lifecycle.ts'
import type { Logger } from './logger.ts'
import { listenHttp, type Door } from './ports.ts'

export interface HttpDoorOptions {
  name: string
  app: HttpServer
  host: string
  port: PortSetting
  logger: Logger
  /** Told where it can be reached, once it can. */
  opened?: (door: Door) => void
}

/** A server as a part of the process: opens its door at start; at the end refuses what is new and answers what is in hand. */
export function httpDoor({ name, app, host, port, logger, opened }: HttpDoorOptions): Part {
  return {
    name,
    async start() {
      const door = await listenHttp(app, port, host)
      logger.info({ url: door.url, ...(door.replaced === null ? {} : { instead_of_busy_port: door.replaced }) }, `${name} is open`)
      opened?.(door)
    },
    stop: () => app.close(),
  }
}

/**
 * What others can reach needs a credential, and one that is not the first one. Called before doors are opened.
 * @throws OnbehalfError `token_required` beyond loopback without any credential
 */
export function checkExposure(host: string, credential: 'none' | 'bootstrap' | 'own', logger: Logger): void {
  if (isLoopback(host)) return
  if (credential === 'none') throw new OnbehalfError('token_required', `ONBEHALF_HOST=${host} can be reached by others, and there is no credential.`)
  if (credential === 'bootstrap') {
    logger.warn({ host }, 'the doors can be reached by other machines, with the bootstrap token as the key to everything: give every producer and person a key of their own')
  }
}

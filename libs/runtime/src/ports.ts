import type { AddressInfo } from 'node:net'
import type { PortSetting } from './config.ts'
import { OnbehalfError } from './errors.ts'
import type { HttpServer } from './http-server.ts'

export interface Door {
  host: string
  port: number
  /** `http://127.0.0.1:4700`: as it can be called from this machine. */
  url: string
  /** The default port that was busy, or null: the banner says so. */
  replaced: number | null
}

/**
 * Opens a door on its port. A busy default port is replaced by a free one.
 * @param listen binds one port (0: any free one) and answers the port it got
 * @throws OnbehalfError `port_busy` when the port was asked for, `address_unavailable` when it cannot be bound at all
 */
export async function openDoor(listen: (port: number) => Promise<number>, setting: PortSetting, host: string): Promise<Door> {
  try {
    return doorAt(host, await listen(setting.port), null)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' && !setting.asked) return doorAt(host, await listen(0), setting.port)
    if (code === 'EADDRINUSE') {
      throw new OnbehalfError('port_busy', `${setting.variable}=${setting.port}: the port is in use on ${host}.`, { cause: error, details: { variable: setting.variable } })
    }
    if (code === 'EACCES') {
      throw new OnbehalfError('address_unavailable', `${setting.variable}=${setting.port}: this user may not open that port.`, { cause: error, details: { variable: setting.variable } })
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
      throw new OnbehalfError('address_unavailable', `ONBEHALF_HOST=${host}: this machine has no such address.`, { cause: error, details: { variable: 'ONBEHALF_HOST' } })
    }
    throw error
  }
}

/** {@link openDoor} for a server made by `createHttpServer`. */
export async function listenHttp(app: HttpServer, setting: PortSetting, host: string): Promise<Door> {
  await app.ready()
  return openDoor((port) => bind(app, port, host), setting, host)
}

// Fastify's own listen may be called once only, and so cannot try a second port.
function bind({ server }: HttpServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(error)
    server.once('error', failed)
    server.listen({ port, host }, () => {
      server.removeListener('error', failed)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function doorAt(host: string, port: number, replaced: number | null): Door {
  const callable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  return { host, port, url: `http://${callable}:${port}`, replaced }
}

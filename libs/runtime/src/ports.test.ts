import { createServer, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttpServer } from './http-server.ts'
import { silentLogger } from './logger.ts'
import { listenHttp } from './ports.ts'

const blocker = createServer()
let busy = 0
beforeEach(async () => {
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
  busy = (blocker.address() as AddressInfo).port
})
afterEach(() => new Promise((resolve) => blocker.close(resolve)))

const server = () => createHttpServer({ name: 'test', logger: silentLogger() })

describe('a busy port', () => {
  test('that nobody asked for is replaced by a free one', async () => {
    const app = server()
    const door = await listenHttp(app, { port: busy, asked: false, variable: 'ONBEHALF_API_PORT' }, '127.0.0.1')
    expect(door).toMatchObject({ host: '127.0.0.1', replaced: busy, url: `http://127.0.0.1:${door.port}` })
    expect(door.port).not.toBe(busy)
    expect((await fetch(door.url)).status).toBe(404)
    await app.close()
  })

  test('that was asked for is an error that names the variable', async () => {
    const app = server()
    await expect(listenHttp(app, { port: busy, asked: true, variable: 'ONBEHALF_API_PORT' }, '127.0.0.1')).rejects.toMatchObject({
      code: 'port_busy',
      message: `ONBEHALF_API_PORT=${busy}: the port is in use on 127.0.0.1.`,
      exitCode: 2,
    })
    await app.close()
  })
})

test('an address of another machine is an error that names the variable', async () => {
  const app = server()
  await expect(listenHttp(app, { port: 0, asked: false, variable: 'X' }, '192.0.2.1')).rejects.toMatchObject({ code: 'address_unavailable', message: expect.stringContaining('ONBEHALF_HOST=192.0.2.1') })
  await app.close()
})

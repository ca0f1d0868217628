import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { clientConfig } from './kafka-config.ts'

test('S17: TLS and SASL settings are handed on, in a copy', () => {
  const sasl = { mechanism: 'scram-sha-512', username: 'u', password: 'p' } as const
  const tls = { ca: 'CA', cert: 'C', key: 'K', servername: 'kafka.example' }
  const client = clientConfig({ brokers: ['b:1'], sasl, tls })
  expect(client).toMatchObject({ brokers: ['b:1'], ssl: tls, sasl })
  // kafkajs writes into what it gets.
  expect(client.sasl).not.toBe(sasl)
  expect(client.ssl).not.toBe(tls)
  expect(clientConfig({ brokers: ['b:1'] })).not.toHaveProperty('ssl')
})

test('S17: OAUTHBEARER asks for a token by the client credentials grant', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      asked.push(`${request.headers.authorization} ${body}`)
      response.end(JSON.stringify({ access_token: 'the-token' }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  const grant = { mechanism: 'oauthbearer', tokenUrl, clientId: 'id', clientSecret: 's:e', scope: 'kafka' } as const
  const { sasl } = clientConfig({ brokers: ['b:1'], sasl: grant })
  const provider = (sasl as { oauthBearerProvider: () => Promise<{ value: string }> }).oauthBearerProvider
  expect(await provider()).toEqual({ value: 'the-token' })
  const basic = Buffer.from('id:s%3Ae').toString('base64')
  expect(asked).toEqual([`Basic ${basic} grant_type=client_credentials&scope=kafka`])
  server.close()
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exampleOf } from '@onbehalf/events'
import { createClient, readHeads, type ClientBase } from '@onbehalf/store'
import { createTestDatabase, type TestDatabase } from '@onbehalf/testkit'
import { useKafka } from '@onbehalf/testkit/kafka'
import { afterAll, beforeAll, expect, test } from 'vitest'
// @boundaries-ignore the local broker lives in infra/, which is not a package
import { declareTopics } from '../../infra/kafka/topics/declare-topics.ts'
import { eventually, Programs, said } from './program.ts'

/** The services as an operator runs them, each a process of its own: what one is told, all go by. */
const kafka = useKafka()
const token = 'a-token-for-tests-only'
const dir = mkdtempSync(join(tmpdir(), 'onbehalf-configured-'))
let database: TestDatabase
let programs: Programs
let client: ClientBase & { end(): Promise<void> }
let api: string
let gateway: string

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false })
  programs = new Programs({
    ONBEHALF_POSTGRES_URL: database.url, ONBEHALF_KAFKA_BROKERS: kafka.brokers.join(','), ONBEHALF_BOOTSTRAP_TOKEN: token,
    ONBEHALF_DATA_DIR: join(dir, 'data'), ONBEHALF_API_PORT: '0', ONBEHALF_OTLP_HTTP_PORT: '0', ONBEHALF_OTLP_GRPC_PORT: '0',
  })
  await declareTopics(kafka.brokers)
  const migrated = await programs.command(['migrate'])
  if (migrated.code !== 0) throw new Error(migrated.err)
  client = createClient({ url: database.url })
  await client.connect()
  const [query, front, ingest] = ['query', 'gateway', 'ingest'].map((service) => programs.start(['run', service]))
  api = (await said(query!, 'query api is open'))['url'] as string
  gateway = (await said(front!, 'gateway is open'))['url'] as string
  await said(ingest!, 'partition taken')
}, 180_000)
afterAll(async () => {
  await programs?.endAll()
  await client?.end()
  await database?.drop()
  rmSync(dir, { recursive: true, force: true })
})

const authorization = `Bearer ${token}`

async function put(document: object, headers: Record<string, string> = { 'if-match': '*' }): Promise<number> {
  const response = await fetch(`${api}/v1/config`, { method: 'PUT', headers: { authorization, 'content-type': 'application/json', ...headers }, body: JSON.stringify(document) })
  return response.status
}

async function send(id: string, headers: Record<string, string>): Promise<number> {
  const response = await fetch(`${gateway}/v1/events`, {
    method: 'POST', headers: { authorization, 'content-type': 'application/cloudevents+json', ...headers },
    body: JSON.stringify({ ...exampleOf('decision.recorded'), id, tenantid: undefined }),
  })
  await response.text()
  return response.status
}

test('a tenant and a producer that the API is told of are known at the gateway within two seconds, and at ingest when it matters', async () => {
  const seat = { 'onbehalf-tenant': 'acme', 'onbehalf-producer': 'pdp' }
  expect(await send('a-1', seat)).toBe(403)
  expect(await put({ tenants: { acme: { producers: [{ id: 'pdp', legs: ['decision'] }] } } })).toBe(200)
  await eventually('the gateway knows the tenant', async () => (await send('a-2', seat)) === 202, 2_000)
  // Nothing of what was accepted is booked on nobody, however soon it came.
  await eventually('ingest knows it', async () => (await readHeads(client)).some(({ tenant, topic, size }) => tenant === 'acme' && topic === 'onbehalf.gateway' && Number(size) > 0))
  expect((await readHeads(client)).map(({ tenant }) => tenant)).not.toContain('_unassigned')
  expect(await put({})).toBe(200)
  await eventually('the gateway forgets it', async () => (await send('a-3', seat)) === 403, 2_000)
})

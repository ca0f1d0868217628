import { readFileSync } from 'node:fs'
import { eventTypes, jsonSchemaOf, read } from '@onbehalf/events'
import { errorCodes } from '@onbehalf/runtime'
import { sha256Hex } from '@onbehalf/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveJournal, type ServedJournal } from './testing/served-journal.ts'

describe('documentation and health', () => {
  let served: ServedJournal
  const page = (path: string) => served.get(path, { role: 'none' })

  beforeAll(async () => {
    served = await serveJournal()
  })
  afterAll(() => served?.stop())

  test('the OpenAPI document is 3.1, names every endpoint, and every reference in it leads somewhere', async () => {
    const { status, body } = await page('/openapi.json')
    expect(status).toBe(200)
    expect(body.openapi).toBe('3.1.0')
    expect(Object.keys(body.paths).toSorted()).toEqual([
      '/livez', '/metrics', '/readyz', '/schemas', '/schemas/{type}', '/v1/actions', '/v1/actions/{id}', '/v1/actions/{id}/entries', '/v1/agents', '/v1/agents/{id}', '/v1/config',
      '/v1/coverage', '/v1/delegations/{id}', '/v1/findings', '/v1/findings/{id}', '/v1/findings/{id}/accept', '/v1/findings/{id}/acknowledge', '/v1/keys', '/v1/keys/{prefix}/revoke', '/v1/quarantine', '/v1/retractions',
      '/v1/rules', '/v1/sessions/{id}', '/v1/status', '/v1/traces/{trace_id}',
    ])
    for (const [, name] of JSON.stringify(body).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(body.components.schemas).toHaveProperty([name!])
    const limit = body.paths['/v1/actions'].get.parameters.find((parameter: { name: string }) => parameter.name === 'limit')
    expect(limit).toMatchObject({ in: 'query', schema: { type: 'integer', maximum: 200 } })
    expect(body.paths['/v1/actions/{id}'].get.responses['200'].content['application/json'].schema).toEqual({ $ref: '#/components/schemas/Lineage' })
    expect(body.paths['/livez'].get.security).toEqual([])
    expect(body.paths['/v1/actions/{id}'].get.security).toBeUndefined()
    expect(body.paths['/v1/actions/{id}'].get.responses['4XX'].content).toHaveProperty(['application/problem+json'])
  })

  test('the page that shows it takes everything from this server', async () => {
    for (const path of ['/docs', '/docs/']) {
      const { status, headers, text } = await page(path)
      expect(status).toBe(200)
      expect(headers.get('content-type')).toContain('text/html')
      expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
      const assets = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, href]) => new URL(href!, `${served.url}${path}`))
      expect(assets.length).toBeGreaterThan(3)
      for (const asset of assets) {
        expect(asset.origin).toBe(served.url)
        expect([asset.pathname, (await fetch(asset)).status]).toEqual([asset.pathname, 200])
      }
    }
    expect((await page('/docs/json')).status).toBe(200)
  })

  test('the link of every error code leads to its place on a page', async () => {
    const { status, text, headers } = await page('/docs/errors')
    expect(status).toBe(200)
    expect(headers.get('content-security-policy')).toContain("style-src 'sha256-")
    for (const code of Object.keys(errorCodes)) expect(text).toContain(`id="${code}"`)
  })

  test('the link of every field error leads to its place on a page', async () => {
    const bad = { specversion: '1.0', id: 'x', source: 'urn:x', type: 'onbehalf.action.requested.v1', time: '2026-11-24T09:00:00Z', data: { agent: 5, session_id: '' } }
    const reading = read('cloudevent', Buffer.from(JSON.stringify(bad)), { tenant: 'default', producer: 'default', sha256: sha256Hex })
    if (reading.ok) throw new Error('it should not be valid')
    expect(reading.rejection.errors.length).toBeGreaterThan(1)
    for (const { docs } of reading.rejection.errors) {
      const [path, anchor] = docs.split('#') as [string, string]
      expect((await page(path)).text).toContain(`id="${anchor}"`)
    }
    for (const path of ['/docs/events', '/docs/events/envelope', '/docs/events/blocks', '/docs/api', '/docs/configuration', '/docs/errors.md']) expect([path, (await page(path)).status]).toEqual([path, 200])
  })

  test('so does that of every format', async () => {
    const bad = { 'otlp-span-json': '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]}', opa: '{"decision_id":5}', authzen: '{"request":5}', cloudtrail: '{"eventID":5}', 'gcp-audit': '{"insertId":5}', 'k8s-audit': '{"auditID":5}', agt: '{"entry_id":5}' } as const
    for (const [kind, content] of Object.entries(bad)) {
      const reading = read(kind as keyof typeof bad, Buffer.from(content), { tenant: 'default', producer: 'default', sha256: sha256Hex })
      if (reading.ok) throw new Error(`${kind} should not be readable`)
      for (const { docs } of reading.rejection.errors) {
        const [path, anchor] = docs.split('#') as [string, string | undefined]
        const { status, text } = await page(path)
        expect([docs, status]).toEqual([docs, 200])
        // The pages of foreign formats say what becomes of fields in tables.
        if (anchor !== undefined && kind.startsWith('otlp')) expect([docs, text.includes(`id="${anchor}"`)]).toEqual([docs, true])
      }
    }
  })

  test('no link of any page is dead', async () => {
    const seen = new Set<string>()
    const queue = ['/docs/api', '/docs/errors', '/docs/events', '/docs/sources']
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      if (seen.has(path)) continue
      seen.add(path)
      const { status, text } = await page(path)
      expect([path, status]).toEqual([path, 200])
      if (!path.startsWith('/docs/')) continue
      for (const [, href] of text.matchAll(/href="([^"]+)"/g)) {
        const url = new URL(href!, `${served.url}${path}`)
        if (url.origin === served.url) queue.push(url.pathname)
      }
    }
    expect(seen.size).toBeGreaterThan(80)
  })

  test('a page that is not there says which is near; no path leads out of the directory', async () => {
    expect((await page('/docs/eror')).body.detail).toContain('Did you mean')
    for (const path of ['/docs/..%2Fpackage.json', '/docs/%2e%2e%2f%2e%2e%2fpackage', '/docs/events/..%2f..%2fREADME', '/docs/static/..%2f..%2fpackage.json'])
      expect([path, (await page(path)).status]).toEqual([path, expect.toBeOneOf([403, 404])])
  })

  test('event schemas are those of the repository, whatever form the type has', async () => {
    const { body } = await page('/schemas')
    expect(body.items).toHaveLength(Object.keys(eventTypes).length)
    for (const form of ['action.requested', 'onbehalf.action.requested.v1', 'action.requested.json', 'ACTION.requested']) {
      const { status, headers, text } = await page(`/schemas/${form}`)
      expect(status).toBe(200)
      expect(headers.get('content-type')).toContain('application/schema+json')
      expect(JSON.parse(text)).toEqual(jsonSchemaOf('action.requested'))
    }
    const file = readFileSync(new URL('../../../libs/events/schemas/action.requested.json', import.meta.url), 'utf8')
    expect(JSON.parse((await page('/schemas/action.requested')).text)).toEqual(JSON.parse(file))
    expect((await page('/schemas/action.requestet')).body.detail).toContain('Did you mean action.requested?')
  })

  test('ready when the read models are there and a projector is at work; ids are in none of it', async () => {
    await expect.poll(async () => (await page('/readyz')).body).toMatchObject({
      status: 'ok', checks: { database: { ok: true }, read_models: { ok: true }, projector: { ok: true, at_work: true } },
    })
    expect((await page('/livez')).body).toEqual({ status: 'ok' })
    const metrics = await page('/metrics')
    expect(metrics.text).toContain('onbehalf_http_request_seconds_bucket')
    expect(metrics.text).toContain('onbehalf_query_segment_cache_bytes')
  })

  test('read models of another fold, or none, are not ready', async () => {
    const owner = await served.database.client()
    await owner.query("update journal.read_models set fold_version = 'older' where name = 'lineage'")
    const stale = await page('/readyz')
    expect(stale.status).toBe(503)
    expect(stale.body.checks.read_models).toMatchObject({ ok: false, reason: expect.stringContaining('older') })
    await owner.query('alter schema lineage rename to lineage_gone')
    expect((await page('/readyz')).body.checks.read_models.ok).toBe(false)
    expect((await served.get('/v1/actions')).body).toMatchObject({ status: 503, code: 'not_ready' })
    await owner.query('alter schema lineage_gone rename to lineage')
    expect((await served.get('/v1/actions')).status).toBe(200)
  })
})

import { exampleOf } from '@onbehalf/events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Product } from './testing/product.ts'

describe('keys, through the doors of an operator', () => {
  let product: Product
  let told: Record<string, any>
  beforeAll(async () => {
    product = new Product()
    told = await product.up()
  })
  afterAll(() => product?.end())

  async function send(key: string, id: string) {
    const response = await fetch(`${told['otlp_http_url']}/v1/events`, {
      method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/cloudevents+json' }, body: JSON.stringify({ ...exampleOf('decision.recorded'), id }),
    })
    return { status: response.status, headers: response.headers, body: (await response.json()) as any }
  }

  test('a producer is given a key, speaks with it within its rate, and is refused from the moment that it is revoked', async () => {
    expect(await product.command('key', 'create', '--producer', 'pdp-eu')).toMatchObject({ code: 3, out: '', err: expect.stringContaining('There is no producer "pdp-eu" registered') })
    expect((await product.command('producer', 'add', 'pdp-eu', '--legs', 'decision', '--rate-per-s', '1000')).code).toBe(0)
    expect((await product.command('key', 'create', '--producer', 'pdp-ue')).err).toContain('Did you mean pdp-eu?')

    const created = await product.command('key', 'create', '--producer', 'pdp-eu', '--name', 'first', '--expires', '30d')
    expect(created.code, created.err).toBe(0)
    const key = created.out.trim()
    expect(key).toMatch(/^obk_[a-z2-7]{8}_[A-Za-z0-9_-]{43}$/)
    const prefix = key.slice(0, 12)
    expect(created.err).toContain('It is shown this once')

    const sent = await send(key, 'k-1')
    expect([sent.status, sent.headers.get('ratelimit-policy')]).toEqual([202, '"producer";q=2000;w=2;onbehalf-unit="events"'])
    const [listed] = (await product.command('key', 'list', '--json')).lines
    expect(listed).toMatchObject({ prefix, producer: 'pdp-eu', name: 'first', status: 'active', created_by: 'bootstrap' })
    expect((await product.command('key', 'list')).out).toContain(`${prefix} · producer pdp-eu · "first" · until `)

    const auditor = (await product.command('key', 'create', '--role', 'auditor', '--no-expiry', '--json')).lines[0]
    expect(auditor).toMatchObject({ roles: ['auditor'], expires_at: null })
    const asAuditor = async (path: string) => (await fetch(`${told['api_url']}${path}`, { headers: { authorization: `Bearer ${auditor.key}` } })).status
    expect([await asAuditor('/v1/status'), await asAuditor('/v1/keys')]).toEqual([200, 403])

    expect((await product.command('key', 'revoke', prefix)).out).toContain('revoked')
    expect((await send(key, 'k-2')).body).toMatchObject({ status: 401, credential: 'revoked' })
    expect(await product.command('key', 'revoke', 'obk_aaaaaaaa')).toMatchObject({ code: 3, err: expect.stringContaining('has no key obk_aaaaaaaa') })

    expect(await product.down()).toBe(0)
    told = await product.up()
    expect((await send(key, 'k-3')).body).toMatchObject({ status: 401, credential: 'revoked' })
    expect(await asAuditor('/v1/status')).toBe(200)
  })
})

import { expect, test } from 'vitest'
import { isUnqualified, principalOf } from './index.ts'

test('E16: a principal with an issuer is itself', () => {
  const anna = { iss: 'https://login.example', sub: 'anna', kind: 'user' as const }
  expect(principalOf(anna, 'default')).toBe(anna)
  expect(isUnqualified(principalOf(anna, 'default'))).toBe(false)
})

test('E16: a bare id is qualified by its producer', () => {
  const bare = principalOf({ sub: 'anna', kind: 'user', name: 'Anna' }, 'pdp-eu')
  expect(bare).toEqual({ iss: 'urn:onbehalf:unqualified:pdp-eu', sub: 'anna', kind: 'user', name: 'Anna' })
  expect(isUnqualified(bare)).toBe(true)
})

test('E16: a bare SPIFFE id names its issuer', () => {
  expect(principalOf({ sub: 'spiffe://example.org/ns/a/sa/b', kind: 'workload' }, 'default')).toEqual({
    iss: 'spiffe://example.org',
    sub: '/ns/a/sa/b',
    kind: 'workload',
  })
  expect(isUnqualified(principalOf({ sub: 'spiffe://Example.org', kind: 'workload' }, 'default'))).toBe(true)
})

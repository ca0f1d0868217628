import { bot, configured, requested, started, tell } from '../testing/tell.ts'
import { ruleTable } from '../testing/rule-table.ts'
import { otherEnvironment } from './dom-03-other-environment.ts'

const rules = { 'DOM-03': { on: true } }
const on = configured({ rules })
const owned = configured({ rules, producers: [{ id: 'vault', legs: ['grants'] }] })
const issued = (environment: string | undefined, attributes = {}, seconds = -9) =>
  tell('credential.issued', seconds, { credential_id: 'c', holder: bot, kind: 'api_key', environment }, attributes)
const resource = { type: 'order', id: '881', environment: 'production' }
const used = requested(0, { resource, credential_id: 'c' })

ruleTable('M203: DOM-03', otherEnvironment, [
  { kind: 'firing', given: 'issued for another environment', when: [on, issued('staging'), used], expect: 'fires', says: /^The credential was issued for staging at .*, and used on a resource of production\.$/ },
  { kind: 'firing', given: 'said where it started', when: [on, issued('staging'), requested(0, { resource }), started(1, { credential_id: 'c' })], expect: 'fires' },
  { kind: 'firing', given: 'what a stranger says of its issue does not help', when: [owned, issued('staging', { producer: 'vault' }), issued('production'), used], expect: 'fires' },
  { kind: 'quiet', given: 'it is not switched on', when: [issued('staging'), used], expect: 'quiet' },
  { kind: 'quiet', given: 'issued for this one', when: [on, issued('production'), used], expect: 'quiet' },
  { kind: 'quiet', given: 'issued for none', when: [on, issued(undefined), used], expect: 'quiet' },
  { kind: 'quiet', given: 'its issue is not known', when: [on, used], expect: 'quiet' },
  { kind: 'quiet', given: 'the resource is in none that is said', when: [on, issued('staging'), requested(0, { resource: { ...resource, environment: undefined }, credential_id: 'c' })], expect: 'quiet' },
  { kind: 'quiet', given: 'no credential is named', when: [on, issued('staging'), requested(0, { resource })], expect: 'quiet' },
  { kind: 'boundary', given: 'names are compared as they are', when: [on, issued('Production'), used], expect: 'fires' },
  { kind: 'resolved', given: 'an issue for this one is told late', when: [on, issued('staging'), used, issued('production', {}, -8)], expect: 'quiet' },
])

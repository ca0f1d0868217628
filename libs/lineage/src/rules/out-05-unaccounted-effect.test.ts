import { alice, bot, configured, observed, requested, started, tell, ticked } from '../testing/tell.ts'
import { subjectTable } from '../testing/subject-table.ts'
import type { Told } from '../testing/world.ts'
import { unaccountedEffect } from './out-05-unaccounted-effect.ts'

const on = configured({ producers: [{ id: 'runner', legs: ['execution'], delay_ms: 10_000 }], rules: { 'OUT-05': { on: true } } })
const issued = (holder: object = bot) => tell('credential.issued', -100, { credential_id: 'c', holder, kind: 'api_key' })
const resource = { type: 'order', id: '881', system: 'payments' }
/** As a cloud feed has it: it names its own request, and no action. */
const effect = (seconds: number, data: object = {}): Told =>
  observed(seconds, { action_id: undefined, upstream_request_ids: [`r-${seconds}`], credential_id: 'c', resource, ...data }, { producer: 'cloud' })
const used = requested(-50, { action_id: 'b', credential_id: 'c' }, { producer: 'runner' })

// The action may be told within 60 s (context_due_ms) of the last effect, and 10 s of delay.
subjectTable('M195: OUT-05', unaccountedEffect, [
  { kind: 'firing', given: 'an agent\'s credential was used, and no action is known', when: [on, issued(), effect(0), ticked(100)], expect: 'fires', says: /^Credential c of refund-bot had an effect on order 881 in payments at 2026-11-24T09:00:00Z, and no action accounts for it\.$/ },
  { kind: 'firing', given: 'several effects in one hour are one finding', when: [on, issued(), effect(0), effect(1), effect(2), ticked(100)], expect: 'fires', says: /the first of 3 from .*:00Z to .*:02Z/ },
  { kind: 'firing', given: 'an agent has used the credential before', when: [on, used, effect(0), ticked(100)], expect: 'fires', says: /^Credential c had an effect/ },
  { kind: 'quiet', given: 'the rule is not switched on', when: [issued(), effect(0), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'a person\'s credential', when: [on, issued(alice), effect(0), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nobody knows whose credential', when: [on, effect(0), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'nothing changed', when: [on, issued(), effect(0, { observed_effect: 'did_not_occur' }), ticked(100)], expect: 'quiet' },
  { kind: 'quiet', given: 'it was only read', when: [on, issued(), effect(0, { side_effect: 'read' }), ticked(100)], expect: 'quiet' },
  { kind: 'firing', given: 'it is said to have been written', when: [on, issued(), effect(0, { side_effect: 'write' }), ticked(100)], expect: 'fires' },
  { kind: 'quiet', given: 'an action accounts for it', when: [on, issued(), requested(-1, { credential_id: 'c' }), effect(0, { action_id: 'a' }), ticked(100)], expect: 'quiet' },
  { kind: 'firing', given: 'in which system is not said', when: [on, issued(), effect(0, { resource: { type: 'order', id: '881' } }), ticked(100)], expect: 'fires', says: /on order 881 at 2026/ },
  { kind: 'boundary', given: 'the action may still be told', when: [on, issued(), effect(0), ticked(59.999)], expect: 'quiet' },
  { kind: 'provisional', given: 'and by who may take longer', when: [on, issued(), effect(0), ticked(69.999)], expect: 'provisional' },
  { kind: 'boundary', given: 'it may not be told any more', when: [on, issued(), effect(0), ticked(70)], expect: 'fires' },
  { kind: 'resolved', given: 'the action arrives late', when: [on, issued(), effect(0), ticked(100), started(-1, { upstream_request_ids: ['r-0'] }, { producer: 'runner' })], expect: 'quiet' },
])

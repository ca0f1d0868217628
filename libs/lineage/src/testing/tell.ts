import type { Budgets, CloudEvent, EventType, Leg, ProducerRegistration, RuleSwitch } from '@onbehalf/events'
import { eventTypes, wireType } from '@onbehalf/events'
import type { Told } from './world.ts'

/** Seconds after this moment are the time of tests. */
const origin = Date.parse('2026-11-24T09:00:00Z')

export const at = (seconds: number): string => new Date(origin + seconds * 1000).toISOString()

export const alice = { iss: 'https://login.example', sub: 'alice', kind: 'user' as const }
export const ben = { iss: 'https://login.example', sub: 'ben', kind: 'user' as const }
export const bot = { iss: 'https://agents.example', sub: 'refund-bot', kind: 'agent' as const }
export const helper = { iss: 'https://agents.example', sub: 'helper', kind: 'agent' as const }
export const server = { iss: 'https://payments.example', sub: 'payments-mcp', kind: 'service' as const }

export interface Attributes {
  id?: string
  source?: string
  traceparent?: string
  sequence?: string
  producer?: string
  log?: string
  anonymous?: boolean
}

let serial = 0

/** One entry: what is said, when (seconds), and how it came. Ids are unique unless given. */
export function tell(type: EventType, seconds: number, data: object, attributes: Attributes = {}): Told {
  const n = ++serial
  const { id = `e-${type}-${seconds}-${JSON.stringify(data).length}-${n}`, source = 'urn:test', traceparent, sequence } = attributes
  const event: CloudEvent = {
    specversion: '1.0', id, source, type: wireType(eventTypes[type]), time: at(seconds),
    ...(traceparent ? { traceparent } : {}), ...(sequence ? { sequence } : {}), data,
  }
  return {
    log: attributes.log ?? 'default/onbehalf.embedded/0', index: n, received_at: at(seconds).replace('Z', '000Z'),
    producer: attributes.producer ?? 'default', event, ...(attributes.anonymous ? { anonymous: true } : {}),
  }
}

export const requested = (seconds: number, data: object = {}, attributes?: Attributes) =>
  tell('action.requested', seconds, { action_id: 'a', agent: bot, operation: 'pay', ...data }, attributes)
export const started = (seconds: number, data: object = {}, attributes?: Attributes) =>
  tell('action.started', seconds, { action_id: 'a', ...data }, attributes)
export const completed = (seconds: number, data: object = {}, attributes?: Attributes) =>
  tell('action.completed', seconds, { action_id: 'a', status: 'succeeded', ...data }, attributes)
export const decided = (seconds: number, data: object = {}, attributes?: Attributes) =>
  tell('decision.recorded', seconds, {
    decision_id: `d-${seconds}`, action_id: 'a', effect: 'permit', phase: 'runtime', policies: [{ id: 'p', version: '1' }],
    ...data,
  }, attributes)
export const asked = (seconds: number, data: object = {}, attributes?: Attributes) =>
  tell('approval.requested', seconds, { approval_id: 'ap', action_id: 'a', ...data }, attributes)
export const resolved = (seconds: number, data: object = {}, attributes?: Attributes) =>
  tell('approval.resolved', seconds, { approval_id: 'ap', action_id: 'a', resolution: 'approved', approver: ben, ...data },
    attributes)
export const observed = (seconds: number, data: object = {}, attributes?: Attributes) =>
  tell('outcome.observed', seconds, { outcome_id: `o-${seconds}`, action_id: 'a', observer: server,
    observed_effect: 'occurred', ...data }, attributes)
export const session = (seconds: number, data: object = {}, attributes?: Attributes) =>
  tell('session.started', seconds, { session_id: 's', agent: bot, trigger: 'interactive', ...data }, attributes)
export const granted = (seconds: number, id: string, parent: string | object, data: object = {}, attributes?: Attributes) =>
  tell('delegation.granted', seconds, {
    delegation_id: id, parent: typeof parent === 'string' ? { kind: 'delegation', delegation_id: parent } : parent,
    grantor: alice, delegate: bot, subject: alice, mode: 'delegation', ...data,
  }, attributes)
export const revoked = (seconds: number, id: string, data: object = {}, attributes?: Attributes) =>
  tell('delegation.revoked', seconds, { delegation_id: id, ...data }, attributes)

/** Data without the given link fields: an entry that does not name the action. */
export const without = (told: Told, ...fields: string[]): Told => {
  const data = { ...(told.event.data as Record<string, unknown>) }
  for (const field of fields) delete data[field]
  return { ...told, event: { ...told.event, data } }
}

/** What an administrator has configured, since always. */
export function configured(config: { producers?: ({ id: string; legs: Leg[] } & Partial<ProducerRegistration>)[]; budgets?: Partial<Budgets>; rules?: Record<string, RuleSwitch> }): Told {
  return own('config.changed', -1_000_000, { config })
}

/** Nothing more was waiting at this time: absences may be said up to it. */
export function ticked(seconds: number, sizes: Record<string, number> = {}): Told {
  return own('clock.ticked', seconds, { at: at(seconds), sizes })
}

/** An entry of Onbehalf's own log. */
export function own(type: EventType, seconds: number, data: object): Told {
  return tell(type, seconds, data, { producer: 'onbehalf', log: `default/own`, source: 'urn:onbehalf' })
}

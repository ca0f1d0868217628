import { context, createTraceState, isSpanContextValid, propagation, trace, type Context } from '@opentelemetry/api'
import { lineageFrom, membersOf, readBaggage, writeBaggage } from './baggage.ts'
import { enter, lineageIn, travelIn } from './lineage.ts'
import { quietly } from './quietly.ts'
import { readTraceParent, writeTraceParent } from './trace-parent.ts'

/** Request headers of Node, Express, Fastify or fetch, or the `_meta` of an MCP request's `params`. */
export type Carrier = { get(name: string): string | null } | object | null | undefined

/** HTTP headers for a request that is made now: `init`, with `traceparent`, `tracestate` and `baggage`. */
export function headers(init: Readonly<Record<string, string>> = {}): Record<string, string> {
  return carry(context.active(), init)
}

/**
 * The `_meta` for an MCP request that is sent now: `init`, with `traceparent`, `tracestate` and `baggage`, which MCP
 * reserves without a prefix (specification 2026-07-28, SEP-414).
 */
export function meta<Meta extends object>(init?: Meta): Meta & Record<string, unknown> {
  return carry(context.active(), (init ?? {}) as Meta & Record<string, unknown>)
}

/**
 * Runs something with what came in with a request: its trace and its caller's lineage, and nothing else's. The caller
 * **asserts** these; whether it may is for your authentication to say.
 */
export function received<T>(carrier: Carrier, run: () => T): T {
  const from = context.active()
  return context.with(quietly(() => receive(from, carrier)) ?? from, run)
}

export function carry<Init extends Readonly<Record<string, unknown>>>(from: Context, init: Init): Init & Record<string, string> {
  return quietly(() => ({ ...init, ...said(from, init['baggage']) })) ?? { ...init } as Init & Record<string, string>
}

function said(from: Context, given: unknown): Record<string, string> {
  const span = trace.getSpanContext(from)
  const state = span?.traceState?.serialize()
  const foreign = new Map((propagation.getBaggage(from)?.getAllEntries() ?? []).map(([name, { value }]) => [name, value]))
  if (typeof given === 'string') for (const [name, value] of readBaggage(given)) foreign.set(name, value)
  const baggage = writeBaggage([...membersOf(lineageIn(from), travelIn(from)), ...[...foreign].filter(([name]) => !name.startsWith('onbehalf.'))])
  return {
    ...(span && isSpanContextValid(span) && { traceparent: writeTraceParent(span), ...(state !== undefined && state !== '' && { tracestate: state }) }),
    ...((baggage !== '' || given !== undefined) && { baggage }),
  }
}

function receive(from: Context, carrier: Carrier): Context {
  const parent = readTraceParent(headerOf(carrier, 'traceparent') ?? '')
  const active = trace.getSpanContext(from)
  let inside = from
  // Within the same trace automatic instrumentation has been here before: its span is the nearer parent.
  if (parent && !(active && isSpanContextValid(active) && active.traceId === parent.traceId)) {
    const state = headerOf(carrier, 'tracestate')
    inside = trace.setSpanContext(inside, { ...parent, ...(state !== undefined && { traceState: createTraceState(state) }) })
  }
  const members = readBaggage(headerOf(carrier, 'baggage') ?? '')
  let foreign = propagation.createBaggage()
  for (const [name, value] of members) if (!name.startsWith('onbehalf.')) foreign = foreign.setEntry(name, { value })
  return enter(propagation.setBaggage(inside, foreign), lineageFrom((name) => members.get(name)), {})
}

/** Several fields of one name are one list (RFC 9110, section 5.3); of `traceparent` that makes none. */
function headerOf(carrier: Carrier, name: string): string | undefined {
  if (typeof carrier !== 'object' || carrier === null) return undefined
  const value: unknown = 'get' in carrier && typeof carrier.get === 'function' ? carrier.get(name) : (carrier as Record<string, unknown>)[nameIn(carrier, name)]
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value.join(',')
  return typeof value === 'string' ? value : undefined
}

/** Node writes header names in lower case; who makes them by hand may not. */
function nameIn(carrier: object, name: string): string {
  return Object.hasOwn(carrier, name) ? name : Object.keys(carrier).find((each) => each.toLowerCase() === name) ?? name
}

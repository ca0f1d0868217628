import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agent, current, headers, meta, received, type Lineage, type Principal } from './index.ts'
import { recordSpans } from './testing/recorded-spans.ts'

const spans = recordSpans()
const bot = agent({ iss: 'https://agents.example', sub: 'support-agent' })
const openBot = agent({ iss: 'https://agents.example', sub: 'support-agent', emails: true })
const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
const traceparent = `00-${traceId}-${spanId}-01`

/** Ids as the catalogue allows them: no control characters, no lone surrogates. */
const id = (maxLength: number) => fc.string({ unit: 'grapheme', minLength: 1, maxLength }).filter((text) => text.length <= maxLength && !/[\u0000-\u001f\u007f-\u009f]/.test(text))
const kinds = ['user', 'agent', 'service', 'workload', 'organization', 'schedule', 'unknown'] as const
const principal: fc.Arbitrary<Principal> = fc.record({ iss: id(40), sub: id(40), kind: fc.constantFrom(...kinds), name: fc.string() }, { requiredKeys: ['sub'] })
const story = fc.record({ sessionId: id(60), initiator: principal, subject: principal, delegationId: id(60), actionId: id(60) })

describe('what travels', () => {
  test('comes out as it went in, by HTTP headers of every kind and by the _meta of MCP', async () => {
    await fc.assert(fc.asyncProperty(story, async ({ sessionId, initiator, subject, delegationId, actionId }) => {
      const within = <T>(work: () => T) => openBot.session({ id: sessionId, initiator, subject, purpose: 'not to travel' }, () =>
        openBot.delegate({ id: delegationId, to: bot.principal }).run(() => openBot.action('ask', { id: actionId }, work)))
      const { name: _, ...sentInitiator } = initiator
      const { name: __, ...sentSubject } = subject
      const expected: Lineage = { sessionId, initiator: sentInitiator, subject: sentSubject, delegationId, actionId }
      const sent = await within(() => headers({ accept: 'text/plain' }))
      expect(sent['accept']).toBe('text/plain')
      expect(sent['baggage']).toMatch(/^[\x21-\x7e]*$/)
      const carriers = [sent, new Headers(sent), Object.fromEntries(Object.entries(sent).map(([name, value]) => [name.toUpperCase(), value])), await within(() => meta({ progressToken: 1 }))]
      for (const carrier of carriers) expect(received(carrier, current)).toEqual(expected)
      // And on to the next.
      expect(received(received(sent, () => headers()), current)).toEqual(withoutEmails(expected))
    }), { numRuns: 60 })
  })

  test('is what the official propagators read, and what they write is read', async () => {
    const [official, officialTrace] = [new W3CBaggagePropagator(), new W3CTraceContextPropagator()]
    const getter = { get: (carrier: Record<string, string>, name: string) => carrier[name], keys: Object.keys }
    await fc.assert(fc.asyncProperty(id(50), async (sub) => {
      const sent = await openBot.session({ id: 'ses-1', initiator: { iss: 'https://login.example', sub, kind: 'user' } }, () => headers())
      const read = officialTrace.extract(official.extract(ROOT_CONTEXT, sent, getter), sent, getter)
      expect(propagation.getBaggage(read)?.getEntry('onbehalf.initiator.sub')?.value).toBe(sub)
      expect(trace.getSpanContext(read)).toMatchObject({ traceId: sent['traceparent']!.slice(3, 35), isRemote: true })
      const written: Record<string, string> = {}
      official.inject(read, written, { set: (carrier: Record<string, string>, name, value) => { carrier[name] = value } })
      expect(received(written, current)).toEqual({ sessionId: 'ses-1', initiator: { iss: 'https://login.example', sub, kind: 'user' } })
    }), { numRuns: 60 })
  })

  test('holds no names, no purposes and no e-mail addresses, unless the program wants these', async () => {
    const initiator = { iss: 'https://login.example', sub: 'anna@example.com', kind: 'user', name: 'Anna Andersson' } as const
    const [safe, open] = await Promise.all([bot, openBot].map((each) => each.session({ id: 'ses-1', initiator, purpose: 'Refund for Anna' }, () => each.action('a', { id: 'act-1' }, () => headers()['baggage']))))
    expect(safe).toBe('onbehalf.action.id=act-1,onbehalf.session.id=ses-1')
    expect(open).toContain('onbehalf.initiator.sub=anna%40example.com')
    expect(open).not.toMatch(/Anna|Refund/)
  })

  test('is bounded, and what does not fit travels not at all', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: 3_000 }), fc.constantFrom('a', 'ä', '漢'), async (length, letter) => {
      const [initiator, subject] = [{ iss: `urn:${letter.repeat(length)}`, sub: 'anna', kind: 'user' as const }, { sub: 'ben' }]
      const sent = await bot.session({ id: 'ses-1', initiator, subject }, () => headers()['baggage']!)
      expect(sent.length).toBeLessThanOrEqual(2_048)
      const came = received({ baggage: sent }, current)
      expect(came.sessionId).toBe('ses-1')
      expect([initiator, undefined]).toContainEqual(came.initiator)
      expect([subject, undefined]).toContainEqual(came.subject)
      if (length <= 150) expect(came).toMatchObject({ initiator, subject })
      if (length > 1_024) expect(came.initiator).toBeUndefined()
    }), { numRuns: 60 })
  })

  test('leaves the members of others where they are, within what everybody passes on', async () => {
    await received({ baggage: 'team=red;secret=1, onbehalf.session.id=theirs,color=%F0%9F%94%B4' }, () => bot.session({ id: 'mine' }, () => {
      expect(headers({ baggage: 'mine=1' })['baggage']).toBe('onbehalf.session.id=mine,team=red,color=%F0%9F%94%B4,mine=1')
      expect(propagation.getBaggage(context.active())?.getEntry('team')?.value).toBe('red')
    }))
    const crowd = Array.from({ length: 100 }, (_, i) => `k${i}=${'v'.repeat(60)}`).join(',')
    const onward = await received({ baggage: crowd }, () => bot.session({ id: 'mine' }, () => headers()['baggage']!))
    expect(onward.split(',')).toHaveLength(64)
    expect(onward).toMatch(/^onbehalf\.session\.id=mine,k0=/)
  })

  test('goes with every instrumented request only where the program says so', async () => {
    const ambientBot = agent({ sub: 'bot', ambient: true })
    const inContext = () => propagation.getBaggage(context.active())?.getAllEntries().map(([name, { value }]) => `${name}=${value}`)
    expect(await bot.session({ id: 'ses-1' }, inContext)).toBeUndefined()
    expect(await ambientBot.session({ id: 'ses-1' }, () => ambientBot.delegate({ id: 'del-1', to: { sub: 'x' } }).run(inContext))).toEqual(['onbehalf.delegation.id=del-1', 'onbehalf.session.id=ses-1'])
    // A new story leaves nothing of the old one.
    expect(await ambientBot.session({ id: 'ses-1', subject: { sub: 'anna' } }, () => ambientBot.session({ id: 'ses-2', initiator: { sub: 'ben' } }, inContext))).toEqual(['onbehalf.session.id=ses-2', 'onbehalf.initiator.sub=ben'])
  })

  test('is there where automatic instrumentation has read the request', () => {
    const baggage = propagation.createBaggage({ 'onbehalf.session.id': { value: 'ses-1' }, 'onbehalf.initiator.sub': { value: 'anna' } })
    expect(context.with(propagation.setBaggage(ROOT_CONTEXT, baggage), current)).toEqual({ sessionId: 'ses-1', initiator: { sub: 'anna' } })
  })
})

describe('what is received', () => {
  test('is the request and nothing of the code around it', async () => {
    await bot.session({ id: 'local', initiator: { sub: 'anna' } }, () => {
      expect(received({}, current)).toEqual({})
      expect(received({ baggage: 'onbehalf.session.id=theirs' }, current)).toEqual({ sessionId: 'theirs' })
      expect(current()).toMatchObject({ sessionId: 'local' })
    })
  })

  test('continues the trace of its caller', async () => {
    await received({ traceparent, tracestate: 'vendor=1' }, () => bot.action('a', () => 1))
    expect(spans.named('execute_tool a').parentSpanContext).toMatchObject({ traceId, spanId, isRemote: true })
    expect(received({ traceparent, tracestate: 'vendor=1' }, () => headers())).toEqual({ traceparent, tracestate: 'vendor=1' })
  })

  test('stays under the server span that automatic instrumentation has made of the same trace', () => {
    const server = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: '1111111111111111', traceFlags: 1 })
    const parentSeen = (from: typeof server, carrier: object) => context.with(from, () => received(carrier, () => trace.getSpanContext(context.active())?.spanId))
    expect(parentSeen(server, { traceparent })).toBe('1111111111111111')
    // Of another trace it is the transport's, and the message says where it comes from (MCP over HTTP).
    expect(parentSeen(server, { traceparent: traceparent.replace(traceId, 'f'.repeat(32)) })).toBe(spanId)
    expect(parentSeen(server, {})).toBe('1111111111111111')
  })

  const badParents = [
    '', 'x', `00-${'0'.repeat(32)}-${spanId}-01`, `00-${traceId}-${'0'.repeat(16)}-01`, `ff-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}-01-extra`,
    traceparent.toUpperCase(), `${traceparent},${traceparent}`, `00-${traceId}-${spanId}`,
  ]
  test.each(badParents)('a traceparent like "%s" is none', (bad) => {
    expect(received({ traceparent: bad }, () => trace.getSpanContext(context.active()))).toBeUndefined()
  })

  test('a traceparent of a later version is read as far as this one goes', () => {
    expect(received({ traceparent: `01-${traceId}-${spanId}-01-more` }, () => trace.getSpanContext(context.active()))).toMatchObject({ traceId, spanId })
  })

  const badBaggage: [string, Lineage][] = [
    ['onbehalf.session.id=a%', {}],
    ['onbehalf.session.id=%ff', {}],
    ['onbehalf.session.id=a%00b', {}],
    ['onbehalf.session.id=a%0Ab', {}],
    ['onbehalf.session.id=', {}],
    ['onbehalf.session.id', {}],
    ['=x', {}],
    [`onbehalf.session.id=${'x'.repeat(256)}`, {}],
    ['onbehalf.session.id=1,onbehalf.session.id=2', { sessionId: '2' }],
    ['onbehalf.initiator.iss=x', {}],
    ['onbehalf.initiator.sub=anna,onbehalf.initiator.iss=a%00', {}],
    ['onbehalf.initiator.sub=anna,onbehalf.initiator.kind=emperor', { initiator: { sub: 'anna' } }],
    [` onbehalf.session.id = ses-1 ; p=1 `, { sessionId: 'ses-1' }],
    [`onbehalf.session.id=ses-1,x=${'x'.repeat(9_000)}`, {}],
  ]
  test.each(badBaggage)('of baggage with mistakes only what is an id (%#)', (baggage, lineage) => {
    expect(received({ baggage }, current)).toEqual(lineage)
  })

  test('of a header that came several times is all that came', () => {
    expect(received({ baggage: ['onbehalf.session.id=ses-1', 'onbehalf.action.id=act-1'] }, current)).toEqual({ sessionId: 'ses-1', actionId: 'act-1' })
  })

  test('may be anything: the work runs once, and what it does is its own', () => {
    const anything = fc.anything({ maxDepth: 1, withNullPrototype: true, withMap: true, withTypedArray: true, withBigInt: true, withDate: true })
    const field = fc.oneof(fc.string({ unit: 'binary' }), anything, fc.array(fc.string()), fc.constant(traceparent), fc.constant('onbehalf.session.id=1'))
    const carrier = fc.oneof(anything, fc.record({ traceparent: field, tracestate: field, baggage: field }, { requiredKeys: [] }), fc.constant({ get: () => { throw new Error('no') } }))
    fc.assert(fc.property(carrier, (carrier) => {
      let runs = 0
      expect(received(carrier as object, () => [++runs, headers()])).toEqual([1, expect.anything()])
    }), { numRuns: 40 })
    expect(() => received({}, () => { throw new RangeError('mine') })).toThrow('mine')
  })
})

function withoutEmails(lineage: Lineage): Lineage {
  const isEmail = (principal?: Principal) => [principal?.sub, principal?.iss].some((text) => /[^\s@]@[^\s@]/.test(text ?? ''))
  const { initiator, subject, ...rest } = lineage
  return { ...rest, ...(initiator && !isEmail(initiator) && { initiator }), ...(subject && !isEmail(subject) && { subject }) }
}

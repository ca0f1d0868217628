import { context, diag, DiagLogLevel, trace, type Span, type TracerProvider } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { agent, current, Denied, headers, received, service } from './index.ts'
import { stop } from './testing/recorded-spans.ts'

const bot = agent({ iss: 'https://agents.example', sub: 'bot' })
const payments = service({ sub: 'payments' })
const anna = { sub: 'anna', kind: 'user' } as const

beforeEach(stop)
afterEach(stop)

/** Everything the package can do, with its results. */
async function everything(): Promise<unknown[]> {
  return [
    await bot.session({ initiator: anna }, () => 'session'),
    await bot.action('a', { arguments: { a: 1 }, decide: () => ({ effect: 'permit' }) }, async (action) => {
      action.started()
      action.decided({ effect: 'permit' })
      return payments.execute('b', () => action.run(() => 'done'))
    }),
    await bot.action('c', () => Promise.reject(new RangeError('mine'))).catch(String),
    await bot.action('d', { decide: () => ({ effect: 'deny' }) }, () => 'never').catch((error: unknown) => error instanceof Denied),
    bot.delegate({ to: anna }).run(() => 'granted'),
    received({ baggage: 'onbehalf.session.id=1' }, () => 'received'),
    bot.decide({ effect: 'deny' }), bot.revoke('del-1'),
  ]
}
const expected = ['session', 'done', 'RangeError: mine', true, 'granted', 'received', undefined, undefined]

describe('without an OpenTelemetry SDK', () => {
  test('everything runs as if nothing were there', async () => {
    expect(await everything()).toEqual(expected)
    expect(current()).toEqual({})
    expect(headers({ accept: '*/*' })).toEqual({ accept: '*/*' })
  })

  test('arguments and results are not even looked at', async () => {
    let looks = 0
    const watched = new Proxy({ a: 1 }, { ownKeys: (target) => { looks++; return Reflect.ownKeys(target) }, getOwnPropertyDescriptor: (target, name) => { looks++; return Reflect.getOwnPropertyDescriptor(target, name) } })
    await bot.action('a', { arguments: watched }, () => ({ result: watched }))
    bot.decide({ effect: 'permit', arguments: watched })
    expect(looks).toBe(0)
  })
})

describe('telemetry that fails', () => {
  const fail = () => { throw new Error('telemetry') }
  const failingSpan = new Proxy({}, { get: () => fail }) as Span
  const broken: [string, TracerProvider][] = [
    ['no tracer', { getTracer: fail }],
    ['no span', { getTracer: () => ({ startSpan: fail, startActiveSpan: fail }) }],
    ['a span that throws', { getTracer: () => ({ startSpan: () => failingSpan, startActiveSpan: fail }) }],
    ['a span that only records', { getTracer: () => ({ startSpan: () => new Proxy({}, { get: (_, name) => (name === 'isRecording' ? () => true : fail) }) as Span, startActiveSpan: fail }) }],
  ]

  test.each(broken)('%s: everything runs as if nothing were there, and diag hears of it', async (_, provider) => {
    const heard: unknown[] = []
    const listen = (...args: unknown[]) => heard.push(args)
    trace.setGlobalTracerProvider(provider)
    diag.setLogger({ error: listen, warn: listen, info: listen, debug: listen, verbose: listen }, DiagLogLevel.ERROR)
    expect(await everything()).toEqual(expected)
    expect(heard).toContainEqual([expect.stringContaining('onbehalf'), expect.objectContaining({ message: 'telemetry' })])
  })

  test('a logger that throws as well changes nothing', async () => {
    trace.setGlobalTracerProvider(broken[1]![1])
    diag.setLogger({ error: fail, warn: fail, info: fail, debug: fail, verbose: fail }, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true })
    expect(await everything()).toEqual(expected)
  })

  test('values that throw when they are looked at change nothing', async () => {
    const hostile = new Proxy({}, { get: fail, ownKeys: fail, has: fail, getPrototypeOf: fail })
    trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: () => Object.assign(Object.create(trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 })) as Span, { isRecording: () => true }), startActiveSpan: fail }) })
    expect(await bot.action('a', { arguments: hostile, resource: hostile as never }, () => Object.assign(() => 1))).toBeTypeOf('function')
    expect(received(hostile, () => 1)).toBe(1)
    expect(bot.delegate({ to: hostile as never, id: 'del-1', scope: hostile }).id).toBe('del-1')
    await expect(bot.action('a', () => { throw hostile })).rejects.toBe(hostile)
    expect(context.active()).toBeDefined()
  })
})

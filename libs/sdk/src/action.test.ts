import { trace } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { agent, current, Denied, digestOf, headers, service, type Decision } from './index.ts'
import { recordSpans } from './testing/recorded-spans.ts'

const spans = recordSpans()
const bot = agent({ iss: 'https://agents.example', sub: 'refund-bot', name: 'Refund bot' })
const anna = { iss: 'https://login.example', sub: 'anna', kind: 'user', name: 'Anna Andersson' } as const
const nanoseconds = ([seconds, nanos]: [number, number]) => BigInt(seconds) * 1_000_000_000n + BigInt(nanos)

describe('an action', () => {
  test('says who does what for whom, and how it ended', async () => {
    const result = await bot.session({ id: 'ses-1', initiator: anna, purpose: 'Refund' }, () =>
      bot.action('stripe.refund', { resource: { type: 'order', id: '881', system: 'payments' }, arguments: { amount: 49 }, callId: 'call_0' }, async () => ({ id: 're_1' })))
    expect(result).toEqual({ id: 're_1' })
    const [action, session] = [spans.named('execute_tool stripe.refund'), spans.named('invoke_agent Refund bot')]
    expect(action.attributes).toEqual({
      'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'stripe.refund', 'gen_ai.tool.call.id': 'call_0', 'gen_ai.conversation.id': 'ses-1',
      'onbehalf.action.id': expect.stringMatching(/^act-[0-9a-f]{32}$/), 'onbehalf.operation': 'stripe.refund', 'onbehalf.session.id': 'ses-1', 'onbehalf.purpose': 'Refund',
      'onbehalf.agent.iss': 'https://agents.example', 'onbehalf.agent.sub': 'refund-bot', 'onbehalf.agent.name': 'Refund bot',
      'onbehalf.initiator.iss': 'https://login.example', 'onbehalf.initiator.sub': 'anna', 'onbehalf.initiator.kind': 'user',
      'onbehalf.resource.type': 'order', 'onbehalf.resource.id': '881', 'onbehalf.resource.system': 'payments',
      'onbehalf.arguments.digest': digestOf({ amount: 49 })!.digest, 'onbehalf.outcome.status': 'succeeded', 'onbehalf.outcome.digest': digestOf({ id: 're_1' })!.digest,
    })
    expect(action.parentSpanContext?.spanId).toBe(session.spanContext().spanId)
    expect(action.instrumentationScope).toMatchObject({ name: '@onbehalf/sdk', version: '0.1.0' })
    expect(session.attributes).toMatchObject({ 'gen_ai.operation.name': 'invoke_agent', 'onbehalf.initiator.name': 'Anna Andersson' })
    expect(session.attributes).not.toHaveProperty('onbehalf.session.trigger')
  })

  test('may have no session, and then no initiator is said', async () => {
    await bot.action('noop', () => undefined)
    const { attributes } = spans.named('execute_tool noop')
    expect(Object.keys(attributes).filter((name) => /initiator|subject|session|delegation|digest|projection/.test(name))).toEqual([])
  })

  test('within an action names it as its parent', async () => {
    await bot.action('outer', { id: 'act-outer' }, () => bot.action('inner', () => 1))
    expect(spans.named('execute_tool inner').attributes['onbehalf.action.parent.id']).toBe('act-outer')
    expect(spans.named('execute_tool outer').attributes).not.toHaveProperty('onbehalf.action.parent.id')
  })

  test('keeps its context across awaits, timers and parallel work', async () => {
    const seen = await Promise.all(Array.from({ length: 20 }, (_, i) =>
      bot.session({ id: `ses-${i}`, initiator: { sub: `user-${i}` } }, () =>
        bot.action('work', { id: `act-${i}` }, async () => {
          await sleep(i % 5)
          await Promise.all([sleep(1), new Promise<void>((resolve) => setImmediate(resolve))])
          return bot.action('deep', async () => {
            await sleep(1)
            return current()
          })
        }))))
    seen.forEach((lineage, i) => expect(lineage).toMatchObject({ sessionId: `ses-${i}`, initiator: { sub: `user-${i}` }, actionId: expect.not.stringMatching(/^act-\d+$/) }))
    for (const span of spans.all().filter(({ name }) => name === 'execute_tool deep'))
      expect(span.attributes['onbehalf.session.id']).toBe(String(span.attributes['onbehalf.action.parent.id']).replace('act', 'ses'))
    expect(current()).toEqual({})
  })

  test('runs its function at once, and exactly once', async () => {
    let runs = 0
    const going = bot.action('now', () => ++runs)
    expect(runs).toBe(1)
    expect(await going).toBe(1)
  })
})

describe('errors', () => {
  const cases: [string, unknown, string, string][] = [
    ['an error of the function', new TypeError('card 4242 is wrong'), 'failed', 'TypeError'],
    ['an abort', AbortSignal.abort().reason, 'cancelled', 'AbortError'],
    ['a timeout', new DOMException('too slow', 'TimeoutError'), 'timed_out', 'TimeoutError'],
    ['a refusal', new Denied({ effect: 'deny' }), 'blocked', 'Denied'],
    ['something that is no error', 'just text', 'failed', '_OTHER'],
    ['nothing', undefined, 'failed', '_OTHER'],
  ]
  test.each(cases)('%s is said and thrown as it was', async (_, error, status, type) => {
    const thrown = await bot.action('fails', () => Promise.reject(error)).then(() => 'nothing thrown', (reason: unknown) => reason)
    expect(thrown).toBe(error)
    const span = spans.named('execute_tool fails')
    expect(span.attributes).toMatchObject({ 'onbehalf.outcome.status': status, 'error.type': type })
    expect(span.status).toEqual({ code: 2 })
    expect(spans.text()).not.toMatch(/4242|too slow|just text/)
  })

  test('of a synchronous function are the same', async () => {
    await expect(bot.action('fails', () => { throw new RangeError('no') })).rejects.toThrow('no')
    expect(spans.named('execute_tool fails').attributes['onbehalf.outcome.status']).toBe('failed')
  })

  test('of a session are thrown, and only their type is said', async () => {
    await expect(bot.session({}, () => { throw new RangeError('secret') })).rejects.toThrow('secret')
    expect(spans.named('invoke_agent Refund bot')).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'RangeError' } })
    expect(spans.text()).not.toContain('secret')
  })

  test('what the program says of the outcome counts more than how the function ended', async () => {
    await bot.action('half', (action) => action.ended('partial'))
    await expect(bot.action('both', (action) => {
      action.ended('timed_out')
      throw new Error('x')
    })).rejects.toThrow('x')
    expect(spans.named('execute_tool half').attributes['onbehalf.outcome.status']).toBe('partial')
    expect(spans.named('execute_tool both').attributes['onbehalf.outcome.status']).toBe('timed_out')
  })
})

describe('decisions', () => {
  const permit: Decision = { effect: 'permit', id: 'dec-1', policy: { id: 'refunds', version: '14' }, pdp: 'opa-eu-1', reason: 'below_limit' }

  test('a gate that permits: decided, then started, then done', async () => {
    await bot.action('gated', { decide: async () => permit }, () => sleep(2))
    const span = spans.named('execute_tool gated')
    expect(span.events.map(({ name }) => name)).toEqual(['onbehalf.decision', 'onbehalf.started'])
    expect(span.events[0]!.attributes).toEqual({
      'onbehalf.decision.effect': 'permit', 'onbehalf.decision.id': 'dec-1', 'onbehalf.decision.policy.id': 'refunds', 'onbehalf.decision.policy.version': '14',
      'onbehalf.decision.pdp': 'opa-eu-1', 'onbehalf.decision.reason': 'below_limit', 'onbehalf.decision.enforcement': 'enforced',
    })
    expect(inOrder(span)).toBe(true)
  })

  test.each(['deny', 'indeterminate', 'not_applicable'] as const)('a gate that says %s lets nothing run', async (effect) => {
    let hasRun = false
    const going = bot.action('gated', { decide: () => ({ effect, reason: 'above_limit' }) }, () => { hasRun = true })
    await expect(going).rejects.toMatchObject({ name: 'Denied', decision: { effect, reason: 'above_limit' } })
    expect(hasRun).toBe(false)
    const span = spans.named('execute_tool gated')
    expect(span.events.map(({ name }) => name)).toEqual(['onbehalf.decision'])
    expect(span.attributes['onbehalf.outcome.status']).toBe('blocked')
  })

  test('a denial blocks the action that it is about, and one around it has failed', async () => {
    await expect(bot.action('outer', () => bot.action('inner', { decide: () => ({ effect: 'deny' }) }, () => 1))).rejects.toThrow(Denied)
    expect(spans.named('execute_tool inner').attributes['onbehalf.outcome.status']).toBe('blocked')
    expect(spans.named('execute_tool outer').attributes['onbehalf.outcome.status']).toBe('failed')
  })

  test('a policy point that fails lets nothing run, and its error is thrown', async () => {
    let hasRun = false
    await expect(bot.action('gated', { decide: () => Promise.reject(new TypeError('no route')) }, () => { hasRun = true })).rejects.toThrow('no route')
    await expect(bot.action('no answer', { decide: () => undefined as unknown as Decision }, () => { hasRun = true })).rejects.toThrow(TypeError)
    expect(hasRun).toBe(false)
    expect(spans.named('execute_tool gated').events.map(({ attributes }) => attributes)).toEqual([
      { 'onbehalf.decision.effect': 'indeterminate', 'onbehalf.decision.reason': 'TypeError', 'onbehalf.decision.enforcement': 'failed_closed' },
    ])
    for (const span of spans.all()) expect(span.attributes['onbehalf.outcome.status']).toBe('blocked')
  })

  test('a permit inside the function: it cannot have begun before', async () => {
    await bot.action('inside', async (action) => {
      await sleep(3)
      action.decided(permit)
      await sleep(3)
    })
    const span = spans.named('execute_tool inside')
    expect(span.events.map(({ name }) => name)).toEqual(['onbehalf.decision', 'onbehalf.started'])
    expect(inOrder(span)).toBe(true)
    expect(span.events[0]!.attributes).not.toHaveProperty('onbehalf.decision.enforcement')
  })

  test('after a denial a function that just returns proves nothing, so nothing is said', async () => {
    await bot.action('denied', (action) => action.decided({ effect: 'deny' }))
    const span = spans.named('execute_tool denied')
    expect(span.events.map(({ name }) => name)).toEqual(['onbehalf.decision'])
    expect(span.attributes).not.toHaveProperty('onbehalf.outcome.status')
  })

  test('a denial that is not heeded is told as it was', async () => {
    await bot.action('heedless', (action) => {
      action.decided({ effect: 'deny', enforcement: 'not_enforced' })
      action.started()
      action.started()
    })
    const span = spans.named('execute_tool heedless')
    expect(span.events.map(({ name }) => name)).toEqual(['onbehalf.decision', 'onbehalf.started'])
    expect(span.attributes['onbehalf.outcome.status']).toBe('succeeded')
  })

  test('a decision apart from the action is a span of its own, about the action within which it is made', async () => {
    await bot.session({ id: 'ses-1', initiator: anna }, () =>
      bot.action('outer', { id: 'act-9' }, () => bot.decide({ ...permit, operation: 'stripe.refund', resource: { type: 'order', id: '881' }, arguments: { card: '4242', amount: 1 }, omit: ['card'] })))
    expect(spans.named('onbehalf.decide').attributes).toMatchObject({
      'onbehalf.decision.effect': 'permit', 'onbehalf.action.id': 'act-9', 'onbehalf.operation': 'stripe.refund', 'onbehalf.session.id': 'ses-1', 'onbehalf.agent.sub': 'refund-bot',
      'onbehalf.arguments.projection': 'without card',
    })
    service({ sub: 'opa' }).decide({ effect: 'deny', actionId: 'act-10' })
    const byService = spans.all().find(({ attributes }) => attributes['onbehalf.action.id'] === 'act-10')!
    expect(byService.attributes).toEqual({ 'onbehalf.action.id': 'act-10', 'onbehalf.decision.effect': 'deny' })
  })
})

describe('the party that carries it out', () => {
  const payments = service({ iss: 'https://services.example', sub: 'payments' })

  test('tells of the same action, and asks for none', async () => {
    await bot.session({ id: 'ses-1', initiator: anna }, () => bot.action('refund', { id: 'act-1' }, () => payments.execute('refunds.create', { arguments: { a: 1 } }, () => 'done')))
    const { attributes, events } = spans.named('onbehalf.execute')
    expect(attributes).toMatchObject({
      'onbehalf.action.id': 'act-1', 'onbehalf.operation': 'refunds.create', 'onbehalf.executor.iss': 'https://services.example', 'onbehalf.executor.sub': 'payments', 'onbehalf.executor.kind': 'service',
      'onbehalf.initiator.sub': 'anna', 'onbehalf.outcome.status': 'succeeded',
    })
    expect(attributes).not.toHaveProperty('onbehalf.agent.sub')
    expect(attributes).not.toHaveProperty('onbehalf.action.parent.id')
    expect(events.map(({ name }) => name)).toEqual(['onbehalf.started'])
  })

  test('of an action that nobody is known to have asked for it says a new id', async () => {
    await payments.execute('refunds.create', () => 1)
    expect(spans.named('onbehalf.execute').attributes['onbehalf.action.id']).toMatch(/^act-[0-9a-f]{32}$/)
  })
})

describe('where the context is lost', () => {
  test('an action and a session still know themselves', async () => {
    const inner = await bot.session({ id: 'ses-1', initiator: anna }, (session) =>
      bot.action('a', { id: 'act-1' }, (action) => ({ session, action })))
    expect(current()).toEqual({})
    expect(inner.action.run(() => current())).toMatchObject({ actionId: 'act-1', sessionId: 'ses-1' })
    expect(inner.action.headers()['baggage']).toContain('onbehalf.action.id=act-1')
    expect(inner.action.meta({ progressToken: 7 })).toMatchObject({ progressToken: 7, traceparent: expect.stringContaining(spans.named('execute_tool a').spanContext().spanId) })
    expect(inner.session.run(() => headers())['baggage']).toContain('onbehalf.session.id=ses-1')
    expect(trace.getActiveSpan()).toBeUndefined()
  })
})

/** All events lie within the span, in the order of the list. */
function inOrder(span: ReadableSpan): boolean {
  const times = [span.startTime, ...span.events.map(({ time }) => time), span.endTime].map(nanoseconds)
  return times.every((time, i) => i === 0 || times[i - 1]! <= time)
}

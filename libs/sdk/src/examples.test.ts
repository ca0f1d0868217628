import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { askForForecast, callOver, serve } from '../examples/mcp-server.ts'
import { refund, toolServer } from '../examples/tool-server.ts'
import { helpAnna, refundAgent } from '../examples/two-agents.ts'
import { recordSpans } from './testing/recorded-spans.ts'

const spans = recordSpans()

describe('two agents', () => {
  test('make one chain from Anna to the refund, across HTTP', async () => {
    const server = refundAgent().listen(0)
    try {
      expect(await helpAnna(`http://localhost:${(server.address() as AddressInfo).port}`)).toEqual({ id: 're_1', amount: 4_900 })
    } finally {
      server.close()
    }
    const [root, second] = spans.all().filter(({ name }) => name === 'onbehalf.delegate').map(({ attributes }) => attributes)
    const [ask, done] = [spans.named('execute_tool agents.ask').attributes, spans.named('execute_tool stripe.refund').attributes]
    expect(root).toMatchObject({ 'onbehalf.delegation.parent.kind': 'root', 'onbehalf.delegation.grantor.sub': 'anna', 'onbehalf.delegation.delegate.sub': 'support-agent' })
    expect(second).toMatchObject({ 'onbehalf.delegation.parent.id': root!['onbehalf.delegation.id'], 'onbehalf.delegation.delegate.sub': 'refund-bot', 'onbehalf.delegation.subject.sub': 'anna' })
    expect(ask).toMatchObject({ 'onbehalf.delegation.id': root!['onbehalf.delegation.id'], 'onbehalf.agent.sub': 'support-agent' })
    expect(done).toMatchObject({
      'onbehalf.delegation.id': second!['onbehalf.delegation.id'], 'onbehalf.agent.sub': 'refund-bot', 'onbehalf.initiator.sub': 'anna',
      'onbehalf.action.parent.id': ask['onbehalf.action.id'], 'onbehalf.session.id': ask['onbehalf.session.id'],
    })
    expect(new Set(spans.all().map((span) => span.spanContext().traceId)).size).toBe(1)
  })
})

describe('the tool server', () => {
  test.each([[4_900, 'succeeded', { refunded: 4_900 }], [49_000, 'blocked', { error: 'amount_above_limit' }]])('and its agent tell the same of a refund of %i: %s', async (amount, status, answer) => {
    const app = toolServer()
    try {
      expect(await refund(await app.listen({ port: 0 }), amount)).toEqual(answer)
    } finally {
      await app.close()
    }
    const [asked, executed] = [spans.named('execute_tool payments.refund'), spans.named('onbehalf.execute')]
    for (const name of ['onbehalf.action.id', 'onbehalf.session.id', 'onbehalf.arguments.digest', 'onbehalf.arguments.projection', 'onbehalf.outcome.status'])
      expect(executed.attributes[name], name).toBe(asked.attributes[name])
    expect(asked.attributes).toMatchObject({ 'onbehalf.outcome.status': status, 'onbehalf.arguments.projection': 'without card' })
    expect(executed.events[0]).toMatchObject({ name: 'onbehalf.decision', attributes: { 'onbehalf.decision.effect': status === 'succeeded' ? 'permit' : 'deny' } })
    expect(spans.text()).not.toContain('4242')
  })
})

describe('the MCP server', () => {
  test.each([['Oslo', 'succeeded'], ['Rome', 'failed']])('and its agent tell the same of a forecast for %s: %s', async (city, status) => {
    const [requests, answers] = [new PassThrough(), new PassThrough()]
    serve(requests, answers)
    await askForForecast(city, callOver(requests, answers))
    const [asked, executed] = [spans.named('execute_tool get_forecast'), spans.named('onbehalf.execute')]
    for (const { attributes } of [asked, executed]) expect(attributes).toMatchObject({ 'onbehalf.action.id': asked.attributes['onbehalf.action.id'], 'onbehalf.initiator.sub': 'anna', 'onbehalf.outcome.status': status })
    expect(executed.parentSpanContext?.spanId).toBe(asked.spanContext().spanId)
  })
})

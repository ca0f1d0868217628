import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { read } from '@onbehalf/events'
import { sha256Hex } from '@onbehalf/store'
import { describe, expect, test } from 'vitest'
import { entriesOf, wrongIn, type Message } from './received.ts'
import { storyOf } from './story.ts'

/**
 * What a real Collector's kafka exporter wrote of `storyOf(0)`, with infra/otel/collector.yaml: message by message, as
 * `check.sh --capture` read them from the topics. What is true here of a Collector that runs, check.sh says.
 */
const story = storyOf(0)

describe.each(['proto', 'json'] as const)('the messages of a Collector in otlp_%s', (encoding) => {
  const messages = captured(encoding)

  test('hold each span and log record that the SDK told once, a trace under its key', () => {
    expect(messages).toHaveLength(7)
    expect(wrongIn(messages, story, encoding)).toEqual([])
  })

  test('are seen to be wrong when one is lost, comes twice, or has the key of another trace', () => {
    const [one, ...others] = messages as [Message, ...Message[]]
    expect(wrongIn(others, story, encoding)).toEqual([expect.stringMatching(/is there 0 times/)])
    expect(wrongIn([one, ...messages], story, encoding)).toEqual([expect.stringMatching(/is there 2 times/)])
    expect(wrongIn([{ ...one, key: '1'.repeat(32) }, ...others], story, encoding)).toEqual([expect.stringMatching(/has the key 1+$/)])
    expect(wrongIn(messages, storyOf(1), encoding).length).toBeGreaterThan(story.spans.length)
  })

  test('read to what the agent did', () => {
    const facts = messages.flatMap(({ signal, value }) => entriesOf(value, signal).flatMap((entry) => {
      const reading = read(`otlp-${signal === 'traces' ? 'span' : 'log'}-${encoding}`, entry, { tenant: 'default', producer: 'collector', sha256: sha256Hex })
      if (!reading.ok) throw new Error(reading.rejection.message)
      return reading.statements.map(({ type, traceId, spanId, data }) => ({ type, at: `${traceId} ${spanId}`, data }))
    }))
    const of = (type: string) => facts.filter((fact) => fact.type === type)
    const calls = story.spans.filter(({ name }) => name.startsWith('execute_tool')).map(({ traceId, spanId }) => `${traceId} ${spanId}`)
    expect(of('span.ended').map(({ at }) => at).toSorted()).toEqual(story.spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`).toSorted())
    expect(of('span.ended').map(({ data }) => data)).toEqual(expect.arrayContaining([expect.objectContaining({ service: 'refund-service', scope: 'refund-agent', status: 'ok' })]))
    expect(of('action.requested').map(({ at }) => at).toSorted()).toEqual(calls.toSorted())
  })
})

test('messages in both encodings are of the same records', () => {
  const records = (encoding: 'proto' | 'json') => captured(encoding).map(({ signal, key, value }) => `${signal} ${key} ${entriesOf(value, signal).length}`)
  expect(records('json')).toEqual(records('proto'))
})

/** From files named `<place>.<signal>.<key>.bin`. */
function captured(encoding: string): Message[] {
  const folder = join(import.meta.dirname, 'captured', encoding)
  return readdirSync(folder).toSorted().map((name) => {
    const [, signal, key] = name.split('.')
    return { signal: signal as Message['signal'], key: key === 'none' ? null : key!, value: readFileSync(join(folder, name)) }
  })
}

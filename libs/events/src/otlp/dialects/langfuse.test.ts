import { expect, test } from 'vitest'
import { span, type Plain } from '../testing/records.ts'
import { langfuse } from './langfuse.ts'

const record = (type: string, attributes: Plain = {}, rest: object = {}) => span({ name: 'refund', attributes: { 'langfuse.observation.type': type, ...attributes }, ...rest })

test('E53: an output says that a tool came back, the level that it failed, and neither says nothing', () => {
  const ended = (attributes: Plain, rest: object = {}) => langfuse.actions(record('tool', attributes, rest))[0]!.ended
  expect(ended({ 'langfuse.observation.output': '{}' })).toMatchObject({ status: 'succeeded' })
  expect(ended({ 'langfuse.observation.level': 'ERROR', 'langfuse.observation.status_message': 'no' })).toMatchObject({ status: 'failed', error: { message: 'no' } })
  expect(ended({}, { status: 'error', statusMessage: 'closed' })).toMatchObject({ status: 'failed', error: { message: 'closed' } })
  expect(ended({})).toMatchObject({ status: 'succeeded', inferred: true })
})

test('E53: an agent is the name of its observation', () => {
  expect(langfuse.run!(record('agent'))).toMatchObject({ agent: { sub: 'refund' } })
})

test('E53: what a guardrail gives is in words of the application: no decision is made of it', () => {
  expect(langfuse.actions(record('guardrail', { 'langfuse.observation.output': '{"allowed":false}' }))).toEqual([])
})

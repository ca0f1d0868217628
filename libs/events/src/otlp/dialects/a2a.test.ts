import { expect, test } from 'vitest'
import { fixturesOf } from '../testing/fixtures.ts'
import { keepsToTheCatalogue } from '../testing/dialect-properties.ts'
import { saidBy, span } from '../testing/records.ts'
import { a2a } from './a2a.ts'

const records = fixturesOf('a2a')
const said = (name: string) => saidBy(records[name]!, a2a)

const request_id = 'a2a-task/task-5f2a7c7d9f8e4d2a'
const session_id = 'conv_5j66UpCpwteGg4YSxUnt7lPY'
const caller = { iss: 'urn:otel:service', sub: 'travel-agent', kind: 'agent' }

test('E34: a message to an agent is an action of the caller, not of the agent that is named on the span', () => {
  expect(said('SendMessage at the client')).toEqual([
    { type: 'action.requested', isSpan: true, data: { session_id, request_id, agent: caller, operation: 'SendMessage', tool: { name: 'SendMessage', server: 'Hotels' } } },
    { type: 'action.started', isSpan: true, data: { session_id, request_id } },
    { type: 'action.completed', isSpan: true, data: { session_id, request_id, status: 'succeeded' } },
  ])
})

test('E34: the server tells how it went, and that it is the agent that is named there', () => {
  expect(said('SendMessage at the server')).toEqual([
    { type: 'action.started', data: { session_id, request_id } },
    { type: 'action.completed', data: { session_id, request_id, status: 'succeeded' } },
    { type: 'run.described', data: { session_id, agent: { iss: 'urn:otel:service:hotels', sub: 'Hotels', kind: 'agent' } } },
  ])
})

test('E34: a task that is being worked on has not ended, and a later question for it tells its end', () => {
  expect(said('SendMessage that is being worked on').map(({ type }) => type)).toEqual(['action.requested'])
  expect(said('GetTask, rejected')[0]).toEqual({ type: 'action.completed', data: { request_id, status: 'blocked' } })
})

test('E34: that the question itself went wrong says nothing of the task', () => {
  expect(said('GetTask that fails itself').map(({ type }) => type)).toEqual(['run.described'])
})

test('E34: the states of earlier versions of the protocol mean the same', () => {
  const state = (value: string) => saidBy(span({ kind: 'client', attributes: { 'a2a.method.name': 'SendMessage', 'a2a.message.id': 'm', 'a2a.task.state': value } }), a2a).at(-1)!.data['status']
  expect(['completed', 'failed', 'canceled', 'rejected'].map(state)).toEqual(['succeeded', 'failed', 'cancelled', 'blocked'])
  expect(state('input-required')).toBeUndefined()
})

test('E34: other methods are no actions', () => {
  expect(said('GetExtendedAgentCard').map(({ type }) => type)).toEqual(['run.described'])
})

keepsToTheCatalogue([a2a], records)

import { expect, test } from 'vitest'
import { saidBy, span, type Plain } from '../testing/records.ts'
import { microsoftAgent365 } from './microsoft-agent-365.ts'

const record = (operation: string, attributes: Plain = {}) => span({ scope: 'Agent365Sdk', attributes: { 'gen_ai.operation.name': operation, 'gen_ai.agent.name': 'billing', 'gen_ai.agent.id': 'a-2', ...attributes } })

test('E56: the human is the initiator, the account of the agent is not', () => {
  expect(saidBy(record('execute_tool', { 'gen_ai.tool.name': 'refund', 'user.id': 'mallory', 'microsoft.agent.user.id': 'bot@contoso.example', 'client.address': '203.0.113.7' }), microsoftAgent365)[0]).toMatchObject({
    data: { initiator: { sub: 'mallory', kind: 'user' }, agent: { sub: 'billing', instance: 'a-2' }, origin: { ip: '203.0.113.7' } },
  })
  expect(saidBy(record('execute_tool', { 'gen_ai.tool.name': 'refund', 'microsoft.agent.user.id': 'bot@contoso.example' }), microsoftAgent365)[0]!.data['initiator']).toBeUndefined()
})

test('E56: the agent that called handed over; nobody is said to have issued its name', () => {
  expect(saidBy(record('invoke_agent', { 'microsoft.a365.caller.agent.id': 'a-1', 'microsoft.a365.caller.agent.name': 'triage', 'user.id': 'mallory' }), microsoftAgent365)).toMatchObject([
    { type: 'run.described', data: { agent: { sub: 'billing' }, handed_over_by: { sub: 'triage', kind: 'agent', instance: 'a-1' }, initiator: { sub: 'mallory' } } },
  ])
  expect(microsoftAgent365.run!(record('invoke_agent'))).toEqual({})
})

import { textAt } from '../attribute.ts'
import type { ActionSaid, Dialect } from '../dialect.ts'
import type { PrincipalInput } from '../../blocks.ts'
import type { OtlpRecord, SpanRecord } from '../record.ts'
import { errorOf } from './span-end.ts'

/**
 * Agent2Agent protocol, client and server spans (`docs/gen-ai/a2a.md` of `semantic-conventions-genai`, 2026). A message that is
 * sent to an agent is the action; a task is the work on it, and its state is how the work stands, whichever later call tells.
 * `gen_ai.agent.*` is the agent that is called, at both ends: who calls is known by its service only.
 */
export const a2a: Dialect = {
  name: 'a2a',
  speaks: (record) => record.signal === 'span' && record.attributes.has('a2a.method.name'),
  actions: (record) => record.signal === 'span' ? callOf(record) : [],
  run: (record) => {
    const caller = isServer(record) ? undefined : callerOf(record)
    return caller === undefined ? {} : { agent: caller }
  },
  operation: (record) => textAt(record, 'a2a.method.name') ?? null,
}

const sends: ReadonlySet<string> = new Set(['SendMessage', 'SendStreamingMessage'])

/** `TaskState` of the protocol, 1.0 and (in lower case) 0.x; the other states are no end. */
const ends: Readonly<Record<string, 'succeeded' | 'failed' | 'cancelled' | 'blocked'>> = {
  completed: 'succeeded', failed: 'failed', canceled: 'cancelled', rejected: 'blocked',
}

function callOf(span: SpanRecord): ActionSaid[] {
  const [method, task, message] = [textAt(span, 'a2a.method.name'), textAt(span, 'a2a.task.id'), textAt(span, 'a2a.message.id')]
  const id = task !== undefined ? `a2a-task/${task}` : message === undefined ? undefined : `a2a-message/${message}`
  const requestId = id !== undefined && id.length <= 1_024 ? id : undefined
  if (method === undefined) return []
  const [isSend, caller] = [sends.has(method) && !isServer(span), callerOf(span)]
  if (!isSend && requestId === undefined) return []
  const server = textAt(span, 'gen_ai.agent.name') ?? textAt(span, 'server.address')
  return [{
    operation: sends.has(method) ? method : '',
    ...(isSend && caller !== undefined ? { agent: caller } : { asked: null }),
    ...(isSend && { isSpan: true, ...(server !== undefined && { tool: { server } }) }),
    ...(requestId !== undefined && { requestId }),
    ...stateOf(span, method),
  }]
}

function stateOf(span: SpanRecord, method: string): Pick<ActionSaid, 'started' | 'ended'> {
  const time = span.end
  const state = textAt(span, 'a2a.task.state')?.replace(/^TASK_STATE_/, '').toLowerCase().replaceAll('-', '_')
  const status = state !== undefined && Object.hasOwn(ends, state) ? ends[state] : undefined
  if (status === 'succeeded') return sends.has(method) ? { started: span.start, ended: { time, status } } : { ended: { time, status } }
  if (status !== undefined) return { ended: { time, status } }
  const error = errorOf(span)
  // That asking how a task stands went wrong says nothing of the task.
  return error !== null && sends.has(method) && state === undefined ? { ended: { time, status: 'failed', error } } : {}
}

function isServer(record: OtlpRecord): boolean {
  return record.signal === 'span' && record.kind === 'server'
}

function callerOf({ resource }: OtlpRecord): PrincipalInput | undefined {
  const service = resource.get('service.name')
  return typeof service === 'string' && service !== '' && !service.startsWith('unknown_service') ? { iss: 'urn:otel:service', sub: service, kind: 'agent' } : undefined
}

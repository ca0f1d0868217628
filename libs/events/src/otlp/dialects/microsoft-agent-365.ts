import { textAt } from '../attribute.ts'
import type { Dialect, RunSaid } from '../dialect.ts'
import type { OtlpRecord } from '../record.ts'
import { toolCall } from './gen-ai.ts'

/**
 * Microsoft Agent 365 (`@microsoft/agents-a365-observability` 1.0): GenAI conventions, and who called. `user.id` is the human
 * who did; `microsoft.agent.user.id` is an account of the agent itself, and so no initiator. The calling agent may run
 * anywhere, so nobody is said to have issued its name.
 */
export const microsoftAgent365: Dialect = {
  name: 'microsoft-agent-365',
  speaks: (record) => record.signal === 'span' && record.scope.name === 'Agent365Sdk',
  actions: (record) => record.signal === 'span' && textAt(record, 'gen_ai.operation.name') === 'execute_tool' ? [toolCall(record)] : [],
  run: (record) => textAt(record, 'gen_ai.operation.name') === 'invoke_agent' ? runOf(record) : null,
}

function runOf(record: OtlpRecord): RunSaid {
  const [id, name] = [textAt(record, 'microsoft.a365.caller.agent.id'), textAt(record, 'microsoft.a365.caller.agent.name')]
  const sub = name ?? id
  return sub === undefined ? {} : { handedOverBy: { sub, kind: 'agent', ...(id !== undefined && id !== sub && { instance: id }) } }
}

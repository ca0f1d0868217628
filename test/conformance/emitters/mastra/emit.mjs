import { Mastra } from '@mastra/core'
import { Agent } from '@mastra/core/agent'
import { createTool } from '@mastra/core/tools'
import { Observability } from '@mastra/observability'
import { OtelExporter } from '@mastra/otel-exporter'
import { MockLanguageModelV4, convertArrayToReadableStream } from 'ai/test'
import { z } from 'zod'
import { capture, scenarios } from '../capture.mjs'

const target = await capture(process.argv[2])
const exporter = new OtelExporter({ provider: { custom: { endpoint: `${target.endpoint}/v1/traces`, protocol: 'http/json' } } })

const usage = { inputTokens: { total: 10, noCache: 10 }, outputTokens: { total: 5, text: 5 } }
const call = (id, toolName, input = { order: '1007' }) => ({ type: 'tool-call', toolCallId: id, toolName, input: JSON.stringify(input) })
/** A model that says these things, one turn after another; a list is a turn with tool calls. */
const model = (...turns) => {
  const doStream = async () => {
    const next = turns.shift() ?? 'Done.'
    const content = Array.isArray(next) ? next : [{ type: 'text-start', id: 't' }, { type: 'text-delta', id: 't', delta: next }, { type: 'text-end', id: 't' }]
    const finish = { type: 'finish', finishReason: { unified: Array.isArray(next) ? 'tool-calls' : 'stop' }, usage }
    return { stream: convertArrayToReadableStream([{ type: 'stream-start', warnings: [] }, ...content, finish]) }
  }
  return new MockLanguageModelV4({ modelId: 'fake-model', doStream })
}
const order = z.object({ order: z.string() })
const lookup = createTool({ id: 'lookup', description: 'Looks an order up', inputSchema: order, execute: async ({ order }) => ({ order, total: 20 }) })
const broken = createTool({ id: 'refund', description: 'Refunds an order', inputSchema: order, execute: async () => { throw new Error('the ledger is closed') } })
const guarded = createTool({ id: 'refund', description: 'Refunds an order', inputSchema: order, requireApproval: true, execute: async () => ({ refunded: true }) })

const make = (id, settings) => new Agent({ id, name: id, instructions: 'Help.', ...settings })
const observed = (agents) => new Mastra({ agents, logger: false, observability: new Observability({ configs: { otel: { serviceName: 'support-desk', exporters: [exporter] } } }) })
/** As Mastra's documentation of tracing has it: metadata of the call. */
const said = { tracingOptions: { metadata: { userId: 'mallory', sessionId: 'chat-7' } }, maxSteps: 5 }
const read = async (result) => { for await (const _ of result.fullStream) { /* to the end */ } }

async function asked(answer, callId) {
  const agent = observed({ refunder: make('refund-agent', { model: model([call(callId, 'refund')], 'Done.'), tools: { refund: guarded } }) }).getAgent('refunder')
  const first = await agent.stream('Refund order 1007', said)
  await read(first)
  await read(await agent[answer]({ runId: first.runId, toolCallId: callId, ...said }))
}

await scenarios(target, () => exporter.flush?.(), {
  tools: async () => {
    const agent = observed({ refunder: make('refund-agent', { model: model([call('call_1', 'lookup')], [call('call_2', 'refund')], 'It did not work.'), tools: { lookup, refund: broken } }) }).getAgent('refunder')
    await read(await agent.stream('Refund order 1007', said))
  },
  approved: () => asked('approveToolCall', 'call_a'),
  declined: () => asked('declineToolCall', 'call_d'),
  // An agent with another agent, which Mastra gives it as a tool.
  subagent: async () => {
    const billing = make('billing-agent', { description: 'Knows orders', model: model([call('call_b', 'lookup')], 'Twenty.'), tools: { lookup } })
    const triage = make('triage-agent', { model: model([call('call_s', 'agent-billing', { prompt: 'order 1007' })], 'Twenty.'), agents: { billing } })
    await read(await observed({ triage, billing }).getAgent('triage').stream('What was order 1007?', said))
  },
})
process.exit(0)

import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { isStepCount, ToolLoopAgent, tool } from 'ai'
import { generateText as generateText6, stepCountIs, tool as tool6 } from 'ai-6'
import { MockLanguageModelV3 } from 'ai-6/test'
import { MockLanguageModelV4 } from 'ai/test'
import { z } from 'zod'
import { capture, scenarios } from '../capture.mjs'

const target = await capture(process.argv[2])
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'support-desk' }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${target.endpoint}/v1/traces` }))],
})
provider.register()

const usage = { inputTokens: { total: 10, noCache: 10 }, outputTokens: { total: 5, text: 5 } }
const call = (id, toolName, input) => ({ type: 'tool-call', toolCallId: id, toolName, input: JSON.stringify(input) })
/** A model that says these things, one turn after another; a list is a turn with tool calls. */
const saying = (Model, ...turns) => {
  let turn = 0
  return new Model({
    modelId: 'fake-model',
    doGenerate: async () => {
      const next = turns[turn++]
      const calls = Array.isArray(next)
      return { content: calls ? next : [{ type: 'text', text: next }], finishReason: { unified: calls ? 'tool-calls' : 'stop' }, usage, warnings: [] }
    },
  })
}
const model = (...turns) => saying(MockLanguageModelV4, ...turns)

const lookup = tool({ inputSchema: z.object({ order: z.string() }), execute: async ({ order }) => ({ order, total: 20 }) })
const refund = tool({ inputSchema: z.object({ order: z.string() }), execute: async () => ({ refunded: true }) })
const broken = tool({ inputSchema: z.object({ order: z.string() }), execute: async () => { throw new Error('the ledger is closed') } })

const agent = (settings, integration = new OpenTelemetry({ runtimeContext: true })) => new ToolLoopAgent({
  stopWhen: isStepCount(5),
  runtimeContext: { userId: 'mallory', sessionId: 'chat-7' },
  ...settings,
  telemetry: { functionId: settings.id, includeRuntimeContext: { userId: true, sessionId: true }, integrations: [integration] },
})

const approve = (request, approved, reason) => ({ role: 'tool', content: [{ type: 'tool-approval-response', approvalId: request.approvalId, approved, reason }] })
/** Asks, is asked for approval, answers, and goes on in a second call. */
async function asked(approved, reason, callId, integration) {
  const asking = agent({
    id: 'refund-agent', tools: { refund }, toolApproval: { refund: 'user-approval' },
    model: model([call(callId, 'refund', { order: '1007' })], 'Done.'),
  }, integration)
  const messages = [{ role: 'user', content: 'Refund order 1007' }]
  const first = await asking.generate({ messages })
  const request = first.content.find(({ type }) => type === 'tool-approval-request')
  await asking.generate({ messages: [...messages, ...first.responseMessages, approve(request, approved, reason)] })
}

await scenarios(target, () => provider.forceFlush(), {
  // One call succeeds, one throws.
  tools: () => agent({
    id: 'refund-agent', tools: { lookup, refund: broken },
    model: model([call('call_1', 'lookup', { order: '1007' })], [call('call_2', 'refund', { order: '1007' })], 'It did not work.'),
  }).generate({ prompt: 'Refund order 1007' }),
  // As an application has it that only registered the integration.
  bare: () => new ToolLoopAgent({
    tools: { lookup }, model: model([call('call_1', 'lookup', { order: '1007' })], 'Twenty.'), telemetry: { integrations: [new OpenTelemetry()] },
  }).generate({ prompt: 'What was order 1007?' }),
  'content-not-recorded': () => new ToolLoopAgent({
    tools: { lookup, refund: broken }, model: model([call('call_1', 'lookup', { order: '1007' })], [call('call_2', 'refund', { order: '1007' })], 'Twenty.'),
    telemetry: { functionId: 'refund-agent', recordInputs: false, recordOutputs: false, integrations: [new OpenTelemetry()] },
  }).generate({ prompt: 'What was order 1007?' }),
  'approved-by-user': () => asked(true, 'fine', 'call_a'),
  'denied-by-user': () => asked(false, 'too much', 'call_d'),
  // The setting denies it: nobody is asked.
  'denied-by-setting': () => agent({
    id: 'refund-agent', tools: { refund }, toolApproval: { refund: { type: 'denied', reason: 'refunds are frozen' } },
    model: model([call('call_p', 'refund', { order: '1007' })], 'I may not.'),
  }).generate({ prompt: 'Refund order 1007' }),
  // The documented way to delegate: a tool whose function runs another agent.
  subagent: () => {
    const researcher = agent({ id: 'order-researcher', tools: { lookup }, model: model([call('call_s', 'lookup', { order: '1007' })], 'Twenty.') })
    const research = tool({ inputSchema: z.object({ task: z.string() }), execute: async ({ task }) => (await researcher.generate({ prompt: task })).text })
    return agent({ id: 'refund-agent', tools: { research }, model: model([call('call_m', 'research', { task: 'order 1007' })], 'Twenty.') }).generate({ prompt: 'What was order 1007?' })
  },
  // Attributes as they were called until version 6.
  legacy: () => agent({
    id: 'refund-agent', tools: { lookup, refund: broken },
    model: model([call('call_1', 'lookup', { order: '1007' })], [call('call_2', 'refund', { order: '1007' })], 'It did not work.'),
  }, new LegacyOpenTelemetry()).generate({ prompt: 'Refund order 1007' }),
  'legacy-denied-by-user': () => asked(false, 'too much', 'call_d', new LegacyOpenTelemetry()),
  'version-6': () => generateText6({
    tools: {
      lookup: tool6({ inputSchema: z.object({ order: z.string() }), execute: async ({ order }) => ({ order, total: 20 }) }),
      refund: tool6({ inputSchema: z.object({ order: z.string() }), execute: async () => { throw new Error('the ledger is closed') } }),
    },
    model: saying(MockLanguageModelV3, [call('call_1', 'lookup', { order: '1007' })], [call('call_2', 'refund', { order: '1007' })], 'It did not work.'),
    prompt: 'Refund order 1007', stopWhen: stepCountIs(5),
    experimental_telemetry: { isEnabled: true, functionId: 'refund-agent', metadata: { userId: 'mallory', sessionId: 'chat-7' } },
  }),
})

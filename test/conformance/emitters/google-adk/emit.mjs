import { BaseLlm, FunctionTool, InMemoryRunner, LlmAgent } from '@google/adk'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { z } from 'zod'
import { capture, scenarios } from '../capture.mjs'

const target = await capture(process.argv[2])
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'support-desk' }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${target.endpoint}/v1/traces` }))],
})
provider.register()

/** A model that says these things, one turn after another; a list is a turn with function calls. */
class Saying extends BaseLlm {
  constructor(...turns) {
    super({ model: 'fake-model' })
    this.turns = turns
  }
  async *generateContentAsync() {
    const next = this.turns.shift() ?? 'Done.'
    yield { content: { role: 'model', parts: typeof next === 'string' ? [{ text: next }] : next.map((functionCall) => ({ functionCall })) } }
  }
}
const call = (id, name, args = { order: '1007' }) => ({ id, name, args })
const parameters = z.object({ order: z.string() })
const lookup = new FunctionTool({ name: 'lookup', description: 'Looks an order up', parameters, execute: async ({ order }) => ({ order, total: 20 }) })
const broken = new FunctionTool({ name: 'refund', description: 'Refunds an order', parameters, execute: async () => { throw new Error('the ledger is closed') } })
const guarded = new FunctionTool({ name: 'refund', description: 'Refunds an order', parameters, requireConfirmation: true, execute: async () => ({ refunded: true }) })

const text = (said) => ({ role: 'user', parts: [{ text: said }] })
async function run(agent, ...messages) {
  const runner = new InMemoryRunner({ agent, appName: 'support' })
  await runner.sessionService.createSession({ appName: 'support', userId: 'mallory', sessionId: 'chat-7' })
  const seen = []
  for (const message of messages) {
    try {
      for await (const event of runner.runAsync({ userId: 'mallory', sessionId: 'chat-7', newMessage: typeof message === 'function' ? message(seen) : text(message) })) seen.push(event)
    } catch (error) {
      console.log(`  ended with: ${error.message}`)
    }
  }
  return seen
}
/** The answer to the call `adk_request_confirmation`, in which ADK asks. */
const confirm = (confirmed) => (events) => {
  const asked = events.flatMap(({ content }) => content?.parts ?? []).map(({ functionCall }) => functionCall).find((each) => each?.name === 'adk_request_confirmation')
  return { role: 'user', parts: [{ functionResponse: { id: asked.id, name: asked.name, response: { confirmed } } }] }
}

await scenarios(target, () => provider.forceFlush(), {
  tools: () => run(new LlmAgent({ name: 'refund_agent', model: new Saying([call('call_1', 'lookup')], [call('call_2', 'refund')], 'It did not work.'), tools: [lookup, broken] }), 'Refund order 1007'),
  // Two calls at once leave a span for each and one for both.
  parallel: () => run(new LlmAgent({ name: 'refund_agent', model: new Saying([call('call_1', 'lookup'), call('call_2', 'lookup', { order: '1008' })], 'Twenty each.'), tools: [lookup] }), 'What were orders 1007 and 1008?'),
  confirmed: () => run(new LlmAgent({ name: 'refund_agent', model: new Saying([call('call_a', 'refund')], 'Done.'), tools: [guarded] }), 'Refund order 1007', confirm(true)),
  rejected: () => run(new LlmAgent({ name: 'refund_agent', model: new Saying([call('call_d', 'refund')], 'Done.'), tools: [guarded] }), 'Refund order 1007', confirm(false)),
  // ADK's way to build a guardrail: the callback answers in the place of the tool, which does not run.
  'stopped-by-callback': () => run(new LlmAgent({
    name: 'refund_agent', model: new Saying([call('call_g', 'refund')], 'I may not.'), tools: [new FunctionTool({ name: 'refund', description: 'Refunds an order', parameters, execute: async () => ({ refunded: true }) })],
    beforeToolCallback: () => ({ status: 'refunds are frozen' }),
  }), 'Refund order 1007'),
  transfer: () => run(new LlmAgent({
    name: 'triage_agent', model: new Saying([call('call_h', 'transfer_to_agent', { agentName: 'billing_agent' })]),
    subAgents: [new LlmAgent({ name: 'billing_agent', description: 'Knows orders', model: new Saying([call('call_b', 'lookup')], 'Twenty.'), tools: [lookup] })],
  }), 'What was order 1007?'),
})

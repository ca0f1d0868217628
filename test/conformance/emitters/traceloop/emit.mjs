import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import * as traceloop from '@traceloop/node-server-sdk'
import { createAgent } from 'langchain'
import { z } from 'zod'
import { capture, scenarios } from '../capture.mjs'

// What this machine is called and where its files are is nobody's business.
process.env.OTEL_NODE_RESOURCE_DETECTORS = 'none'
const target = await capture(process.argv[2])
traceloop.initialize({
  appName: 'support-desk', traceloopSyncEnabled: false, silenceInitializationMessage: true, instrumentModules: { langchain: true },
  exporter: new OTLPTraceExporter({ url: `${target.endpoint}/v1/traces` }),
})
const { withAgent, withAssociationProperties, withConversation, withTool, withWorkflow } = traceloop

const lookup = (order) => withTool({ name: 'lookup' }, async ({ order }) => ({ order, total: 20 }), { order })
const refund = (order) => withTool({ name: 'refund' }, async () => { throw new Error('the ledger is closed') }, { order })
const as = (run) => withAssociationProperties({ user_id: 'mallory', session_id: 'chat-7' }, run)
const failing = (run) => run.catch((error) => console.log(`  ended with: ${error.message}`))

class Saying extends BaseChatModel {
  constructor(...turns) {
    super({})
    this.turns = turns
  }
  _llmType() { return 'fake' }
  bindTools() { return this }
  async _generate() {
    const next = this.turns.shift()
    const message = typeof next === 'string' ? new AIMessage(next) : new AIMessage({ content: '', tool_calls: next })
    return { generations: [{ text: message.text, message }] }
  }
}
const call = (id, name) => ({ id, name, args: { order: '1007' }, type: 'tool_call' })
const order = z.object({ order: z.string() })
const lookupTool = tool(async ({ order }) => ({ order, total: 20 }), { name: 'lookup', description: 'Looks an order up', schema: order })
const brokenTool = tool(async () => { throw new Error('the ledger is closed') }, { name: 'refund', description: 'Refunds an order', schema: order })

await scenarios(target, () => traceloop.forceFlush(), {
  // One call succeeds, one throws.
  decorators: () => failing(as(() => withWorkflow({ name: 'refunds' }, () => withAgent({ name: 'refund-agent' }, async () => {
    await lookup('1007')
    await refund('1007')
  })))),
  conversation: () => withConversation('chat-7', () => withAgent({ name: 'refund-agent' }, () => lookup('1007'))),
  // One agent calls another.
  'two-agents': () => as(() => withWorkflow({ name: 'refunds' }, () => withAgent({ name: 'triage-agent' }, () => withAgent({ name: 'billing-agent' }, () => lookup('1007'))))),
  langchain: () => as(() => createAgent({
    name: 'refund-agent', model: new Saying([call('call_1', 'lookup')], [call('call_2', 'refund')], 'It did not work.'), tools: [lookupTool, brokenTool],
  }).invoke({ messages: [new HumanMessage('Refund order 1007')] })),
})

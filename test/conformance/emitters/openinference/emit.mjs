import { LangChainInstrumentation } from '@arizeai/openinference-instrumentation-langchain'
import { OpenAIAgentsInstrumentation } from '@arizeai/openinference-instrumentation-openai-agents'
import { setMetadata, setSession, setUser } from '@arizeai/openinference-core'
import * as CallbackManagerModule from '@langchain/core/callbacks/manager'
import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { tool } from '@langchain/core/tools'
import { Command, MemorySaver, MessagesAnnotation, StateGraph } from '@langchain/langgraph'
import * as agents from '@openai/agents'
import { context } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { createAgent, humanInTheLoopMiddleware } from 'langchain'
import { z } from 'zod'
import { capture, scenarios } from '../capture.mjs'

const target = await capture(process.argv[2])
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'support-desk' }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${target.endpoint}/v1/traces` }))],
})
provider.register()
new LangChainInstrumentation({ tracerProvider: provider }).manuallyInstrument(CallbackManagerModule)
new OpenAIAgentsInstrumentation({ tracerProvider: provider }).manuallyInstrument(agents)

const order = z.object({ order: z.string() })

// LangChain

/** A model that says these things, one turn after another; a list is a turn with tool calls. */
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
const call = (id, name, args = { order: '1007' }) => ({ id, name, args, type: 'tool_call' })
const lookup = tool(async ({ order }) => ({ order, total: 20 }), { name: 'lookup', description: 'Looks an order up', schema: order })
const refund = tool(async () => 'refunded', { name: 'refund', description: 'Refunds an order', schema: order })
const broken = tool(async () => { throw new Error('the ledger is closed') }, { name: 'refund', description: 'Refunds an order', schema: order })
const said = { configurable: { thread_id: 'chat-7' }, metadata: { user_id: 'mallory', session_id: 'chat-7' } }
const prompt = { messages: [new HumanMessage('Refund order 1007')] }
const failing = (run) => run.catch((error) => console.log(`  ended with: ${error.message}`))

async function langchainApproval(decision, callId) {
  const agent = createAgent({
    name: 'refund-agent', model: new Saying([call(callId, 'refund')], 'Done.'), tools: [refund], checkpointer: new MemorySaver(),
    middleware: [humanInTheLoopMiddleware({ interruptOn: { refund: { allowedDecisions: ['approve', 'reject'] } } })],
  })
  await agent.invoke(prompt, said)
  await agent.invoke(new Command({ resume: { decisions: [decision] } }), said)
}

/** Hands over inside a graph, as LangGraph's documentation of multi-agent systems has it. */
async function langchainHandoff() {
  const transfer = tool(async (_, { toolCall }) => new Command({
    goto: 'billing-agent', graph: Command.PARENT, update: { messages: [{ role: 'tool', content: 'transferred', tool_call_id: toolCall.id }] },
  }), { name: 'transfer_to_billing_agent', description: 'Hands over to billing', schema: z.object({}) })
  const triage = createAgent({ name: 'triage-agent', model: new Saying([call('call_h', 'transfer_to_billing_agent', {})]), tools: [transfer] })
  const billing = createAgent({ name: 'billing-agent', model: new Saying([call('call_b', 'lookup')], 'Twenty.'), tools: [lookup] })
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('triage-agent', triage.graph, { ends: ['billing-agent'] }).addNode('billing-agent', billing.graph).addEdge('__start__', 'triage-agent').compile({ name: 'support' })
  await graph.invoke(prompt, said)
}

// OpenAI Agents SDK

/** The same for its model interface. */
class FakeModel {
  constructor(...turns) { this.turns = turns }
  async getResponse() {
    const next = this.turns.shift()
    const output = typeof next === 'string'
      ? [{ type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: next }] }]
      : next.map(({ id, name, args }) => ({ type: 'function_call', callId: id, name, arguments: JSON.stringify(args), status: 'completed' }))
    return agents.withGenerationSpan(async () => ({ usage: new agents.Usage(), output, responseId: 'resp_1' }), { data: { model: 'fake-model', output } })
  }
}
const agentTool = (name, execute, more = {}) => agents.tool({ name, description: name, parameters: order, execute, errorFunction: null, ...more })
const asTool = { lookup: agentTool('lookup', async ({ order }) => ({ order, total: 20 })), broken: agentTool('refund', async () => { throw new Error('the ledger is closed') }) }
const asked = agentTool('refund', async () => 'refunded', { needsApproval: true })
/** User and session as OpenInference documents them: on the context. */
const as = (run) => context.with(setMetadata(setSession(setUser(context.active(), { userId: 'mallory' }), { sessionId: 'chat-7' }), { tier: 'gold' }), run)

async function openaiApproval(answer, callId) {
  const agent = new agents.Agent({ name: 'refund-agent', model: new FakeModel([call(callId, 'refund')], 'Done.'), tools: [asked] })
  await as(async () => {
    const first = await agents.run(agent, 'Refund order 1007')
    first.state[answer](first.interruptions[0])
    await agents.run(agent, first.state)
  })
}

await scenarios(target, () => provider.forceFlush(), {
  // One call succeeds, one throws, and the run with it.
  'langchain-tools': () => failing(createAgent({
    name: 'refund-agent', model: new Saying([call('call_1', 'lookup')], [call('call_2', 'refund')], 'It did not work.'), tools: [lookup, broken],
  }).invoke(prompt, said)),
  'langchain-bare': () => createAgent({ model: new Saying([call('call_1', 'lookup')], 'Twenty.'), tools: [lookup] }).invoke(prompt),
  'langchain-approved': () => langchainApproval({ type: 'approve' }, 'call_a'),
  'langchain-rejected': () => langchainApproval({ type: 'reject', message: 'too much' }, 'call_d'),
  'langchain-handoff': langchainHandoff,
  'openai-agents-tools': () => as(() => failing(agents.run(new agents.Agent({
    name: 'refund-agent', model: new FakeModel([call('call_1', 'lookup')], [call('call_2', 'refund')], 'It did not work.'), tools: [asTool.lookup, asTool.broken],
  }), 'Refund order 1007'))),
  'openai-agents-approved': () => openaiApproval('approve', 'call_a'),
  'openai-agents-rejected': () => openaiApproval('reject', 'call_d'),
  'openai-agents-handoff': () => {
    const billing = new agents.Agent({ name: 'billing-agent', model: new FakeModel([call('call_b', 'lookup')], 'Twenty.'), tools: [asTool.lookup] })
    const triage = new agents.Agent({ name: 'triage-agent', model: new FakeModel([call('call_h', 'transfer_to_billing_agent', {})]), handoffs: [billing] })
    return as(() => agents.run(triage, 'What was order 1007?'))
  },
  // A guardrail of the tool stops it; one of the agent stops the run.
  'openai-agents-guardrails': async () => {
    const guarded = agentTool('refund', async () => 'refunded', {
      inputGuardrails: [{ name: 'no-refunds', type: 'tool_input', run: async () => agents.ToolGuardrailFunctionOutputFactory.rejectContent('refunds are frozen') }],
    })
    await as(() => failing(agents.run(new agents.Agent({ name: 'refund-agent', model: new FakeModel([call('call_g', 'refund')], 'I may not.'), tools: [guarded] }), 'Refund order 1007')))
    await as(() => failing(agents.run(new agents.Agent({
      name: 'refund-agent', model: new FakeModel('Hello.'), tools: [asTool.lookup],
      inputGuardrails: [{ name: 'no-profanity', execute: async () => ({ tripwireTriggered: true, outputInfo: {} }) }],
    }), 'Damn it')))
  },
})

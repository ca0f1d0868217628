import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { createRequire } from 'node:module'
import { capture, scenarios } from '../capture.mjs'

// Its ES modules import without extensions, which Node does not take: so the CommonJS ones.
const { ExecuteToolScope, InvokeAgentScope } = createRequire(import.meta.url)('@microsoft/agents-a365-observability')
const target = await capture(process.argv[2])
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'support-desk' }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${target.endpoint}/v1/traces` }))],
})
provider.register()

const refunder = { agentId: 'a-1', agentName: 'refund-agent', agentAUID: 'refunds@contoso.example', agentBlueprintId: 'b-1', tenantId: 't-1' }
const billing = { agentId: 'a-2', agentName: 'billing-agent', tenantId: 't-1' }
const mallory = { userId: 'mallory', userEmail: 'mallory@contoso.example', tenantId: 't-1', callerClientIp: '203.0.113.7' }
const request = { conversationId: 'conversation-7', sessionId: 'chat-7', content: 'Refund order 1007', channel: { name: 'msteams' } }
const order = JSON.stringify({ order: '1007' })

async function scope(started, run) {
  try {
    await started.withActiveSpanAsync(run)
  } catch (error) {
    started.recordError(error)
  } finally {
    started.dispose()
  }
}
const tool = (agent, toolName, toolCallId, run) => {
  const started = ExecuteToolScope.start(request, { toolName, toolCallId, arguments: order }, agent, mallory)
  return scope(started, () => run(started))
}

await scenarios(target, () => provider.forceFlush(), {
  // One call succeeds, one throws, of one nothing is recorded.
  tools: () => scope(InvokeAgentScope.start(request, {}, refunder, { userDetails: mallory }), async () => {
    await tool(refunder, 'lookup', 'call_1', async (started) => started.recordResponse(JSON.stringify({ order: '1007', total: 20 })))
    await tool(refunder, 'refund', 'call_2', async () => { throw new Error('the ledger is closed') })
    await tool(refunder, 'archive', 'call_3', async () => {})
  }),
  // An agent that is called by another one.
  'called-by-agent': () => scope(InvokeAgentScope.start(request, {}, billing, { userDetails: mallory, callerAgentDetails: refunder }), () =>
    tool(billing, 'lookup', 'call_b', async (started) => started.recordResponse(JSON.stringify({ order: '1007', total: 20 })))),
})

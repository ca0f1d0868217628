import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { trace } from '@opentelemetry/api'
import { Client } from 'langsmith'
import { initializeOTEL } from 'langsmith/experimental/otel/setup'
import { traceable } from 'langsmith/traceable'
import { capture, scenarios } from '../capture.mjs'

process.env.LANGSMITH_TRACING = 'true'
process.env.LANGSMITH_OTEL_ENABLED = 'true'
process.env.LANGSMITH_TRACING_MODE = 'otel'
const target = await capture(process.argv[2])
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'support-desk' }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${target.endpoint}/v1/traces` }))],
})
trace.setGlobalTracerProvider(provider)
initializeOTEL({ globalTracerProvider: provider })
const client = new Client({ apiKey: 'none', apiUrl: target.endpoint })

const options = (name, run_type) => ({ name, run_type, client, tracingEnabled: true, metadata: { user_id: 'mallory', session_id: 'chat-7' } })
const lookup = traceable(async ({ order }) => ({ order, total: 20 }), options('lookup', 'tool'))
const refund = traceable(async () => { throw new Error('the ledger is closed') }, options('refund', 'tool'))
const quiet = traceable(async () => {}, options('archive', 'tool'))

await scenarios(target, async () => {
  await client.awaitPendingTraceBatches()
  await provider.forceFlush()
}, {
  // One call succeeds, one throws, one gives nothing.
  tools: () => traceable(async () => {
    await lookup({ order: '1007' })
    await refund({ order: '1007' }).catch(() => {})
    await quiet({ order: '1007' })
  }, options('refund-agent', 'chain'))(),
})

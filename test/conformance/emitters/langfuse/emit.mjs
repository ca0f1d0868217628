import { LangfuseSpanProcessor } from '@langfuse/otel'
import { propagateAttributes, startActiveObservation, startObservation } from '@langfuse/tracing'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { capture, scenarios } from '../capture.mjs'

const target = await capture(process.argv[2])
const processor = new LangfuseSpanProcessor({ publicKey: 'pk', secretKey: 'sk', mediaUploadEnabled: false, exporter: new OTLPTraceExporter({ url: `${target.endpoint}/v1/traces` }) })
const provider = new NodeTracerProvider({ resource: resourceFromAttributes({ 'service.name': 'support-desk' }), spanProcessors: [processor] })
provider.register()

const as = (run) => propagateAttributes({ userId: 'mallory', sessionId: 'chat-7' }, run)
const agent = (name, run) => startActiveObservation(name, run, { asType: 'agent' })
const lookup = () => startActiveObservation('lookup', async (observation) => {
  observation.update({ input: { order: '1007' } })
  observation.update({ output: { order: '1007', total: 20 } })
}, { asType: 'tool' })

await scenarios(target, () => provider.forceFlush(), {
  // One call succeeds, one throws, one says itself that it failed, one says nothing.
  tools: () => as(() => agent('refund-agent', async () => {
    await lookup()
    await startActiveObservation('refund', async (observation) => {
      observation.update({ input: { order: '1007' } })
      throw new Error('the ledger is closed')
    }, { asType: 'tool' }).catch(() => {})
    const notify = startObservation('notify', { input: { to: 'mallory' } }, { asType: 'tool' })
    notify.update({ level: 'ERROR', statusMessage: 'no such mailbox' }).end()
    startObservation('archive', { input: { order: '1007' } }, { asType: 'tool' }).end()
  })),
  // A guardrail says no, so the tool is not called.
  guardrail: () => as(() => agent('refund-agent', async () => {
    startObservation('refund-limit', { input: { order: '1007' } }, { asType: 'guardrail' }).update({ output: { allowed: false } }).end()
  })),
  'two-agents': () => as(() => agent('triage-agent', () => agent('billing-agent', lookup))),
})

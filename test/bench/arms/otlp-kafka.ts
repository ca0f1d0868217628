import { configureTenants } from '../configuration.ts'
import { createDatabase } from '../database.ts'
import { peakResidentMib } from '../memory.ts'
import { startServices, type Services } from '../services.ts'
import { readTelemetry, spansIn } from '../telemetry-input.ts'
import { idOfSpan, verifyStored } from '../validity/journal.ts'
import { verifyFindings, verifySpanLineage } from '../validity/lineage.ts'
import type { Arm } from './arm.ts'
import { awaitSettled } from './progress.ts'
import { createTopic, measureFromTopic } from './topic.ts'

/**
 * What a Collector's kafka exporter writes (`otlp_proto`: a message holds many spans) to committed journal and lineage, with
 * the real ingest and the real projector, as in `pipeline`. That the topic holds spans is configured, as an operator does it.
 */
export const otlpKafka: Arm = async (job) => {
  const { settings } = job
  const input = readTelemetry(job.telemetry, settings)
  const topic = await createTopic(job)
  const database = await createDatabase(job.postgres.url)
  let services: Services | undefined
  try {
    await configureTenants(database.url, ['default'], { [topic.name]: { kind: 'otlp_spans', tenant: 'default', producer: 'default' } })
    services = await startServices(job, database.url, topic.name)
    let turn = 0
    const partitioner = () => () => turn++ % settings.partitions
    const send = topic.client.producer({ createPartitioner: partitioner })
    await send.connect()
    for (const some of portions(input.warmup)) await send.send({ topic: topic.name, acks: -1, messages: some })
    await send.disconnect()
    await services.while(awaitSettled(database.client, settings.warmup))
    const { cpu, storedAfterS } = await measureFromTopic({ job, database, services, topic, partitioner, messages: portions(input.measured), entries: settings.warmup + settings.events })
    const numbers = { journal_rate: settings.events / storedAfterS, projector_peak_mib: peakResidentMib(services.pids['projector']!) }
    await services.stop()
    const spans = spansIn([...input.warmup, ...input.measured])
    const problems = [
      ...(await verifyStored(database.client, spans, { evidence: true, idOf: idOfSpan })),
      ...(await verifySpanLineage(database.client, spans)),
      ...(await verifyFindings(database.client, [])),
    ]
    return { arm: job.arm, round: job.round, events: settings.events, cpu, problems, numbers }
  } finally {
    await services?.stop()
    await database.drop()
    await topic.delete()
  }
}

/** One message a batch, as a Collector sends them: two might be more than a broker takes at once (1 MiB). */
function* portions(requests: readonly Buffer[]): Generator<{ value: Buffer }[]> {
  for (const value of requests) yield [{ value }]
}

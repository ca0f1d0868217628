import { splitOtlp } from '@onbehalf/events'
import { startMeter } from '../cpu.ts'
import { decodeExportRequest } from '../export-request.ts'
import { profiled } from '../profiler.ts'
import { readTelemetry } from '../telemetry-input.ts'
import type { Arm } from './arm.ts'

/** What reading requests costs alone: decoded by the official decoder, or only cut into entries, as the way in does. In memory, request by request. */
export const decodeOtlp: Arm = async (job) => {
  const count = job.arm === 'otlp-slice' ? slice : decode
  const input = readTelemetry(job.telemetry, job.settings)
  for (const request of input.warmup) count(request)
  const stop = startMeter({ node: { arm: process.pid }, postmaster: job.postgres.pid })
  let spans = 0
  const cpu = await profiled(job, job.arm, async () => {
    for (const request of input.measured) spans += count(request)
    return stop()
  })
  const problems = spans === job.settings.events ? [] : [`${job.arm}: ${spans} spans of ${job.settings.events}`]
  return { arm: job.arm, round: job.round, events: spans, cpu, problems, numbers: {} }
}

function decode(request: Buffer): number {
  return decodeExportRequest(request).resourceSpans.reduce((sum, { scopeSpans }) => sum + scopeSpans.reduce((inner, { spans }) => inner + spans.length, 0), 0)
}

function slice(request: Buffer): number {
  const cut = splitOtlp(request, 'traces', 'proto', Infinity)
  return cut.ok ? cut.records.length : 0
}

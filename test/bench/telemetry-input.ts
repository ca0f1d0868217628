import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { splitOtlp } from '@onbehalf/events'
import { readExportRequest } from './export-request.ts'
import type { InputEvent } from './input.ts'
import type { Settings } from './settings.ts'
import { createTelemetry, spansPerRequest } from './telemetry.ts'

/** The one input of all arms that take telemetry: export requests in protobuf. */
export interface TelemetryInput {
  warmup: Buffer[]
  measured: Buffer[]
  /** As large as the gateway takes: 64 MiB, of many resources, as a Collector sends it. */
  largest: Buffer
}

/** A span as an entry, with what the typed columns of the yardstick hold. */
export interface InputSpan extends InputEvent {
  service: string
  traceId: Buffer
  spanId: Buffer
  parentSpanId: Buffer
  startMs: number
}

/** Writes the requests of a run into one file; answers the SHA-256 over their bytes. */
export function writeTelemetry(path: string, settings: Settings, largestBytes = 64 << 20): string {
  const hash = createHash('sha256')
  const file = openSync(path, 'w')
  const telemetry = createTelemetry(settings.seed)
  const write = (request: Buffer) => {
    hash.update(request)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(request.length)
    writeSync(file, Buffer.concat([length, request]))
  }
  for (const spans of [settings.warmup, settings.events]) {
    for (let made = 0; made < spans; made += spansPerRequest) write(telemetry.request(Math.min(spansPerRequest, spans - made)))
  }
  const parts: Buffer[] = []
  for (let bytes = 0; ;) {
    const part = telemetry.request(spansPerRequest)
    if ((bytes += part.length) > largestBytes) break
    parts.push(part)
  }
  // Requests one behind the other are one request: its only field is repeated.
  write(Buffer.concat(parts))
  closeSync(file)
  return hash.digest('hex')
}

export function readTelemetry(path: string, { warmup, events }: Settings): TelemetryInput {
  const file = readFileSync(path)
  const requests: Buffer[] = []
  for (let at = 0; at < file.length;) {
    const end = at + 4 + file.readUInt32LE(at)
    requests.push(file.subarray(at + 4, end))
    at = end
  }
  const ends = [warmup, warmup + events].map((_, i) => Math.ceil(warmup / spansPerRequest) + i * Math.ceil(events / spansPerRequest))
  return { warmup: requests.slice(0, ends[0]), measured: requests.slice(ends[0], ends[1]), largest: requests.at(-1)! }
}

/** The entries that some requests are to become: cut by the product; what they are about is read by the official decoder. */
export function spansIn(requests: readonly Buffer[]): InputSpan[] {
  return requests.flatMap((request) => {
    const cut = splitOtlp(request, 'traces', 'proto', Infinity)
    const read = readExportRequest(request)
    if (!cut.ok || cut.records.length !== read.length) throw new Error('The cut of a request has other spans than the request')
    return read.map((span, i) => ({ ...span, tenant: 'default', key: span.traceId.toString('hex'), value: Buffer.from(cut.records[i]!.buffer, cut.records[i]!.byteOffset, cut.records[i]!.length) }))
  })
}

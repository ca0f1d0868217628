import { hash } from 'node:crypto'
import { from as copyFrom } from 'pg-copy-streams'
import { createClient, type ClientBase } from '@onbehalf/store'
import { startMeter } from '../cpu.ts'
import { checkpoint, createDatabase } from '../database.ts'
import { readInput, type InputEvent } from '../input.ts'
import { profiled } from '../profiler.ts'
import { readTelemetry, spansIn, type InputSpan } from '../telemetry-input.ts'
import { verifyBare } from '../validity/bare.ts'
import type { Arm, ArmJob } from './arm.ts'

/**
 * The yardstick: a row per event or span, its bytes and eight typed columns, no index; binary COPY in batches, the next one
 * encoded while PostgreSQL works. As fast as events get into a table in this language, and of no use to anybody.
 */
export const bareCopy: Arm = async (job) => {
  const { settings } = job
  // Like parsing in the other arms that append, this is not what is measured; encoding is.
  const { warmup, measured } = rowsOf(job)
  const database = await createDatabase(job.postgres.url, { bare: true })
  try {
    await database.client.query(tableSql)
    const client = createClient({ url: database.url })
    await client.connect()
    await copyAll(client, warmup, settings.batch)
    await checkpoint(database.client)
    const stop = startMeter({ node: { arm: process.pid }, postmaster: job.postgres.pid, observers: [database.pid] })
    const cpu = await profiled(job, job.arm, async () => {
      await copyAll(client, measured, settings.batch)
      return stop()
    })
    await client.end()
    const problems = await verifyBare(database.client, [...warmup, ...measured].map(({ raw }) => raw))
    return { arm: job.arm, round: job.round, events: measured.length, cpu, problems, numbers: {} }
  } finally {
    await database.drop()
  }
}

const tableSql = `create table bare (tenant integer not null, source text not null, id uuid not null, trace uuid not null,
  action uuid not null, time timestamptz not null, hash bytea not null, raw bytea not null)`

interface Row {
  tenant: number
  source: Buffer
  id: Buffer
  trace: Buffer
  action: Buffer
  timeUs: bigint
  hash: Buffer
  raw: Buffer
}

function rowsOf(job: ArmJob): Record<'warmup' | 'measured', Row[]> {
  if (job.arm === 'bare-copy') {
    const { warmup, measured } = readInput(job.input, job.settings)
    return { warmup: warmup.map(rowOfEvent), measured: measured.map(rowOfEvent) }
  }
  const { warmup, measured } = readTelemetry(job.telemetry, job.settings)
  return { warmup: spansIn(warmup).map(rowOfSpan), measured: spansIn(measured).map(rowOfSpan) }
}

function rowOfEvent({ tenant, value }: InputEvent): Row {
  const event = JSON.parse(value.toString()) as Record<'source' | 'id' | 'traceparent' | 'time', string> & { data: { action_id: string } }
  const uuid = (text: string) => Buffer.from(text.replaceAll('-', ''), 'hex')
  return {
    tenant: Number(tenant.split('-')[1] ?? 0), source: Buffer.from(event.source), id: uuid(event.id),
    trace: Buffer.from(event.traceparent.slice(3, 35), 'hex'), action: uuid(event.data.action_id),
    timeUs: timeUs(Date.parse(event.time)), hash: hash('sha256', value, 'buffer'), raw: value,
  }
}

/** The ids of spans have 8 bytes: two of them fill a column of 16. */
function rowOfSpan({ service, traceId, spanId, parentSpanId, startMs, value }: InputSpan): Row {
  const half = traceId.subarray(8)
  return {
    tenant: 0, source: Buffer.from(service), id: Buffer.concat([half, spanId]), trace: traceId, action: Buffer.concat([half, parentSpanId], 16),
    timeUs: timeUs(startMs), hash: hash('sha256', value, 'buffer'), raw: value,
  }
}

/** PostgreSQL counts from 2000 on. */
function timeUs(ms: number): bigint {
  return BigInt(ms - Date.UTC(2000, 0, 1)) * 1000n
}

async function copyAll(client: ClientBase, rows: readonly Row[], batch: number): Promise<void> {
  const buffers = [Buffer.allocUnsafeSlow(bytes_max), Buffer.allocUnsafeSlow(bytes_max)]
  let stored = Promise.resolve()
  for (let from = 0, turn = 0; from < rows.length; from += batch, turn++) {
    const bytes = encode(buffers[turn % 2]!, rows, from, Math.min(from + batch, rows.length))
    await stored
    stored = copy(client, bytes)
  }
  await stored
}

function copy(client: ClientBase, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = client.query(copyFrom('copy bare from stdin (format binary)'))
    stream.on('error', reject)
    stream.on('finish', resolve)
    stream.end(bytes)
  })
}

/** PostgreSQL documentation, COPY, "Binary Format". */
function encode(to: Buffer, rows: readonly Row[], from: number, end: number): Buffer {
  let at = signature.copy(to)
  const bytes = (value: Buffer) => {
    at = to.writeInt32BE(value.length, at)
    at += value.copy(to, at)
  }
  for (let i = from; i < end; i++) {
    const row = rows[i]!
    at = to.writeInt16BE(8, at)
    at = to.writeInt32BE(row.tenant, to.writeInt32BE(4, at))
    bytes(row.source)
    bytes(row.id)
    bytes(row.trace)
    bytes(row.action)
    at = to.writeBigInt64BE(row.timeUs, to.writeInt32BE(8, at))
    bytes(row.hash)
    bytes(row.raw)
  }
  return to.subarray(0, to.writeInt16BE(-1, at))
}

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const bytes_max = 64 << 20

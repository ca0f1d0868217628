import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMeter } from '../cpu.ts'
import { checkpoint, createDatabase } from '../database.ts'
import { peakResidentMib } from '../memory.ts'
import { readTelemetry, spansIn } from '../telemetry-input.ts'
import { idOfSpan, verifyStored } from '../validity/journal.ts'
import type { Arm, ArmJob } from './arm.ts'
import type { GatewayAnswer, GatewayOrder } from './gateway-process.ts'

/**
 * OTLP over HTTP in protobuf to the durable journal: the real gateway, the embedded stream and the real ingest in one process,
 * as `onbehalf up` composes them, so that an answer says that PostgreSQL has committed every span of the request. Several
 * clients on connections that stay, each with one request in flight. Then one request as large as the gateway takes.
 */
export const otlpHttp: Arm = async (job) => {
  const input = readTelemetry(job.telemetry, job.settings)
  const database = await createDatabase(job.postgres.url)
  const gateway = startGateway(job)
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  try {
    const url = await opened(gateway, { postgresUrl: database.url, token })
    await postAll(url, input.warmup, agent)
    await checkpoint(database.client)
    await profile(job, gateway)
    const stop = startMeter({ node: { gateway: gateway.pid! }, postmaster: job.postgres.pid, observers: [database.pid] })
    await postAll(url, input.measured, agent)
    const cpu = stop()
    await profile(job, gateway)
    const loaded = peakResidentMib(gateway.pid!)
    await postAll(url, [input.largest], agent)
    const largest = peakResidentMib(gateway.pid!)
    const spans = spansIn([...input.warmup, ...input.measured, input.largest])
    const problems = await verifyStored(database.client, spans, { evidence: true, idOf: idOfSpan })
    return { arm: job.arm, round: job.round, events: job.settings.events, cpu, problems,
      numbers: { gateway_peak_loaded_mib: loaded, gateway_peak_mib: largest } }
  } finally {
    agent.destroy()
    gateway.kill('SIGKILL')
    await database.drop()
  }
}

const clients = 8
const token = 'the-token-of-the-benchmark-alone'

function startGateway(job: ArmJob): ChildProcess {
  const profiling = job.profiles === null ? { execArgv: [] } : {
    execArgv: ['--import', import.meta.resolve('../profile-on-signal.ts')],
    env: { ...process.env, BENCH_PROFILE: join(job.profiles, `otlp-http-gateway-${job.round}.cpuprofile`) },
  }
  return fork(new URL(import.meta.resolve('./gateway-process.ts')), profiling)
}

/** Where it can be reached. */
async function opened(gateway: ChildProcess, order: GatewayOrder): Promise<string> {
  gateway.send(order)
  const ended = once(gateway, 'exit').then(([code, signal]) => Promise.reject(new Error(`the gateway's process ended (${code ?? signal})`)))
  ended.catch(() => undefined)
  const [{ url, failure }] = (await Promise.race([once(gateway, 'message'), ended])) as [GatewayAnswer]
  if (url === null) throw new Error(failure!)
  return url
}

/** With `--profile`: starts profiling, or ends it. */
async function profile({ profiles }: ArmJob, gateway: ChildProcess): Promise<void> {
  if (profiles === null) return
  gateway.kill('SIGUSR2')
  await sleep(500)
}

/** @throws where an answer is not that all spans are taken */
async function postAll(url: string, requests: readonly Buffer[], agent: Agent): Promise<void> {
  const left = requests.values()
  await Promise.all(Array.from({ length: clients }, async () => {
    for (const body of left) await post(`${url}/v1/traces`, body, agent)
  }))
}

function post(url: string, body: Buffer, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-protobuf', 'content-length': body.length }
    const sent = httpRequest(url, { method: 'POST', agent, headers }, (response) => {
      response.toArray().then((parts: Buffer[]) => {
        const answer = Buffer.concat(parts)
        // A message without fields: nothing was left out.
        if (response.statusCode === 200 && answer.length === 0) resolve()
        else reject(new Error(`The gateway answered ${response.statusCode}: ${answer.toString()}`))
      }, reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

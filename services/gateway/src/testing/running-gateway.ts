import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { read } from '@onbehalf/events'
import { createBootstrapAuthenticate, createLogger, createMetrics, isErrorCode, type Metrics } from '@onbehalf/runtime'
import { createEmbeddedStream, embeddedTopic, type Stream, type StreamBatch, type StreamConsumer, type StreamRecord } from '@onbehalf/stream'
import { createGateway, type GatewayDeps } from '../gateway.ts'

export const token = 'a-token-for-tests-only'

/** A real gateway on real ports over the embedded stream, whose journal is a list. */
export class RunningGateway {
  readonly journal: StreamRecord[] = []
  readonly log: string[] = []
  readonly metrics: Metrics = createMetrics()
  url = ''
  port = 0
  /** Of gRPC, `host:port`. */
  grpcAddress = ''
  /** While set, batches wait here instead of being committed. */
  held: StreamBatch[] | null = null
  /** How many records were committed, also where the journal keeps none. */
  committed = 0
  readonly #keeps: boolean
  #stop: () => Promise<unknown> = async () => {}
  #consumer!: StreamConsumer
  #stream!: Stream

  constructor({ keeps = true }: { keeps?: boolean } = {}) {
    this.#keeps = keeps
  }

  async start(deps: Partial<GatewayDeps> = {}, streamConfig: Parameters<typeof createEmbeddedStream>[0] = {}) {
    this.#stream = createEmbeddedStream({ idleMs: 20, ...streamConfig })
    this.#consumer = this.#stream.consumer([embeddedTopic], {
      assigned: async () => 17n,
      batch: async (batch) => {
        if (this.held !== null) return void this.held.push(batch)
        if (this.#keeps) this.journal.push(...batch.records)
        this.committed += batch.records.length
        batch.committed()
      },
      end: async () => {},
      revoked: async () => {},
      outOfRange: async () => 'stop',
    })
    await this.#consumer.start()
    const producer = this.#stream.producer(embeddedTopic)
    const logger = createLogger({ name: 'test', level: 'debug', format: 'json', destination: { write: (line: string) => void (this.#keeps && this.log.push(line)) } })
    const { http: app, grpc } = createGateway({ producer, authenticate: createBootstrapAuthenticate(token), read, logger, metrics: this.metrics, host: '127.0.0.1', ...deps })
    await app.ready()
    app.server.listen(0, '127.0.0.1')
    await once(app.server, 'listening')
    this.port = (app.server.address() as AddressInfo).port
    this.url = `http://127.0.0.1:${this.port}`
    this.grpcAddress = `127.0.0.1:${await grpc.listen(0, '127.0.0.1')}`
    this.#stop = () => Promise.all([app.close(), grpc.stop(), producer.stop(), this.#consumer.stop()])
    return this
  }

  stop = () => this.#stop()

  async post(body: string | Uint8Array | null, headers: Record<string, string> = {}, path = '/v1/events') {
    const response = await fetch(`${this.url}${path}`, {
      method: 'POST',
      body: body as RequestInit['body'],
      headers: { authorization: `Bearer ${token}`, ...headers },
    })
    const text = await response.text()
    const answer = JSON.parse(text)
    if (response.status !== 202) {
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
      assert.equal(answer.status, response.status)
      assert.ok(isErrorCode(answer.code), `${answer.code} is in the registry`)
      assert.equal(answer.docs, `/docs/errors#${answer.code}`)
      assert.doesNotMatch(text, /node_modules|\.ts:\d/)
    }
    return { status: response.status, headers: response.headers, body: answer }
  }
}

export const headerOf = (record: StreamRecord, name: string): string | undefined => record.headers.find(([key]) => key === name)?.[1].toString()

import { setTimeout as sleep } from 'node:timers/promises'
import {
  Metadata, Server, ServerCredentials, ServerInterceptingCall, ServerListenerBuilder, ResponderBuilder, setLogger,
  type MethodDefinition, type ServerInterceptor, type sendUnaryData, type ServerUnaryCall,
} from '@grpc/grpc-js'
import { asOnbehalfError, newReportId, OnbehalfError, requireRole, type Authenticate, type Identity, type Logger, type RateLimits } from '@onbehalf/runtime'
import type { InFlight, Lease } from './body.ts'
import type { AcceptOtlp, OtlpSignal } from './otlp-accept.ts'
import { exportResponse } from './otlp-response.ts'
import { encodeStatus, rpcStatusOf } from './rpc-status.ts'

export interface OtlpGrpcDeps {
  accept: AcceptOtlp
  authenticate: Authenticate
  inFlight: InFlight
  /** What producers may still send. */
  rates: RateLimits
  /** Of one request, after its encoding is undone. */
  requestBytesMax: number
  /** Until its message has arrived. */
  requestMsMax: number
  logger: Logger
  /** Told of every refusal, for metrics. */
  onRefused: (code: string, identity: Identity | null) => void
}

export interface OtlpGrpc {
  /** Binds a port (0: any free one) and answers the one it got. @throws an error with the `code` of Node's */
  listen(port: number, host: string): Promise<number>
  /** New calls hear UNAVAILABLE; what is in hand goes on. */
  quiesce(): void
  /** Answers what is in hand, for a bounded time. */
  stop(): Promise<void>
}

/**
 * OTLP over gRPC: the three `Export` methods, with messages as bytes. What a message is worth is decided where it is for
 * HTTP. The credential is looked at before the message is read.
 */
export function createOtlpGrpc({ accept, authenticate, inFlight, rates, requestBytesMax, requestMsMax, logger, onRefused }: OtlpGrpcDeps): OtlpGrpc {
  const admitted = new WeakMap<Metadata, Admitted>()
  let stopping = false

  const admit: ServerInterceptor = (_method, call) => {
    const lease = inFlight.open()
    let waiting: NodeJS.Timeout | undefined
    const end = () => {
      clearTimeout(waiting)
      lease.close()
    }
    const refuse = (error: unknown) => {
      end()
      call.sendStatus(refusal(error, null))
    }
    return new ServerInterceptingCall(call, new ResponderBuilder().withStart((next) => {
      next(new ServerListenerBuilder()
        .withOnReceiveMetadata((metadata, proceed) => {
          void admitCall(metadata, lease).then(() => {
            // What is held for a message that does not come, others cannot have.
            waiting = setTimeout(() => refuse(new OnbehalfError('request_timeout', `The message did not arrive within ${requestMsMax / 1_000} s.`)), requestMsMax).unref()
            proceed(metadata)
          }).catch(refuse)
        })
        .withOnReceiveMessage((message: Buffer, proceed) => {
          clearTimeout(waiting)
          try {
            // The share that was held for a message on its way becomes the one of the message.
            lease.release()
            lease.grow(message.length)
          } catch (error) {
            refuse(error)
            return
          }
          proceed(message)
        })
        .withOnCancel(end)
        .build())
    }).withSendStatus((status, next) => {
      end()
      next(status)
    }).build())
  }

  async function admitCall(metadata: Metadata, lease: Lease): Promise<void> {
    if (stopping) throw new OnbehalfError('stopping', 'The server is stopping and takes nothing new.', { retryAfterS: 5 })
    const identity = await authenticate(headersOf(metadata))
    requireRole(identity, ['producer'])
    rates.check(identity)
    lease.grow(arrivingBytes)
    admitted.set(metadata, { identity })
  }

  const handle = (signal: OtlpSignal) => (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void => {
    const { identity } = admitted.get(call.metadata)!
    // Others of the same producer may have come while this message did.
    const taken = async () => {
      rates.check(identity)
      return accept({ signal, encoding: 'proto', body: call.request, identity })
    }
    taken().then((partial) => answer(null, exportResponse(signal, 'proto', partial)), (error: unknown) => answer(refusal(error, identity)))
  }

  function refusal(error: unknown, identity: Identity | null): { code: number; details: string; metadata: Metadata } {
    const known = asOnbehalfError(error) ?? fault(error)
    onRefused(known.code, identity)
    const status = rpcStatusOf(known)
    const retryAfterS = known.retryAfterS ?? (known.status === 429 || known.status === 503 ? 1 : undefined)
    const metadata = new Metadata()
    metadata.set('grpc-status-details-bin', encodeStatus(status, retryAfterS))
    return { code: status.code, details: status.message, metadata }
  }

  function fault(error: unknown): OnbehalfError {
    const report_id = newReportId()
    logger.error({ err: error, report_id }, 'a fault of ours')
    return new OnbehalfError('not_ready', `The request failed for a reason of ours. The report id is ${report_id}.`, { retryAfterS: 5 })
  }

  // What the library has to say is for us; it would write it past the log.
  const aside = (message: unknown) => logger.debug({ grpc: String(message) }, 'grpc-js')
  setLogger({ error: aside, info: aside, debug: aside })
  const server = new Server({
    'grpc.max_receive_message_length': requestBytesMax,
    'grpc.max_concurrent_streams': 100,
    'grpc.keepalive_time_ms': 60_000,
    'grpc.keepalive_timeout_ms': 20_000,
    interceptors: [admit],
  })
  for (const [service, signal] of services) {
    server.addService({ Export: exportMethod(service) }, { Export: handle(signal) })
  }

  return {
    listen: (port, host) => new Promise((resolve, reject) => {
      server.bindAsync(`${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound)
        else reject(withNodesCode(error))
      })
    }),
    quiesce() {
      stopping = true
    },
    async stop() {
      stopping = true
      const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()))
      // A client that holds its connection open, or a call that hangs, does not hold up the end.
      await Promise.race([drained, sleep(drainMs, undefined, { ref: false })])
      server.forceShutdown()
    },
  }
}

interface Admitted {
  identity: Identity
}

/** Counted for a message whose length is not known yet: gRPC's usual bound for one. */
const arrivingBytes = 4 * 1_048_576

const drainMs = 5_000

const services: [name: string, signal: OtlpSignal][] = [
  ['opentelemetry.proto.collector.trace.v1.TraceService', 'traces'],
  ['opentelemetry.proto.collector.logs.v1.LogsService', 'logs'],
  ['opentelemetry.proto.collector.metrics.v1.MetricsService', 'metrics'],
]

function exportMethod(service: string): MethodDefinition<Buffer, Buffer> {
  const asItIs = (bytes: Buffer) => bytes
  return {
    path: `/${service}/Export`, requestStream: false, responseStream: false,
    requestSerialize: asItIs, requestDeserialize: asItIs, responseSerialize: asItIs, responseDeserialize: asItIs,
  }
}

/** As HTTP has them; one that is given twice is one that no rule allows. */
function headersOf(metadata: Metadata): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of Object.keys(metadata.getMap())) headers[name] = metadata.get(name).map(String).join(', ')
  return headers
}

/** grpc-js tells it in the message alone. */
function withNodesCode(error: Error): Error {
  const code = /\b(EADDRINUSE|EACCES|EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN)\b/.exec(error.message)?.[1]
  return code === undefined ? error : Object.assign(new Error(error.message, { cause: error }), { code })
}

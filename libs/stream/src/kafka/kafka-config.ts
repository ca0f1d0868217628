import kafkajs, { type KafkaConfig as ClientConfig, type LogEntry, type SASLOptions } from 'kafkajs'
import type { BackOffBounds } from '../back-off.ts'
import type { StreamLogger } from '../stream.ts'

/** How to reach a Kafka. Only `brokers` has no default. */
export interface KafkaConfig {
  /** `host:port` of some of the brokers. */
  brokers: string[]
  clientId?: string
  /** The consumer group. Default `onbehalf-ingest`. */
  groupId?: string
  tls?: KafkaTls
  sasl?: KafkaSasl
  logger?: StreamLogger
  /** The topic's `max.message.bytes`: no record batch we send is larger. Default 4194304. */
  message_bytes_max?: number
  /** Bound of what waits in `produce`; beyond it, `StreamUnavailable` at once. Default 64 MiB. */
  queue_bytes_max?: number
  /** After this, `produce` rejects. Default 10 s. */
  produceTimeoutMs?: number
  /** How records are compressed on the way out. Default none. */
  compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** Bound of one fetch of one partition. Default 4 MiB. */
  fetch_partition_bytes_max?: number
  /** Bound of one fetch from one broker. Default 16 MiB. */
  fetch_bytes_max?: number
  /** How long a broker may hold a fetch with nothing to show: the pace of idling and of stopping. Default 500 ms. */
  fetchWaitMs?: number
  /** How long a consumer may be silent before its partitions go to another. Default 15 s. */
  sessionTimeoutMs?: number
  /** How many partitions are handed over at the same time. Default 8. */
  partitionsAtOnce?: number
  /** The pace of `end` while idle. Default 1 s. */
  idleMs?: number
  /** Waits after a partition's failure, and after a lost broker. Default 0.5 s to 30 s. */
  retry?: BackOffBounds
  /** How often topics that do not exist yet are looked for. Default 10 s. */
  missingTopicsMs?: number
}

/** Certificates and keys as PEM text. `{}` means TLS with the system's authorities. */
export interface KafkaTls {
  ca?: string
  cert?: string
  key?: string
  passphrase?: string
  servername?: string
  /** Default true. */
  rejectUnauthorized?: boolean
}

export type KafkaSasl =
  | { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string }
  | { mechanism: 'oauthbearer'; token: () => Promise<string> }
  /** The client credentials grant (RFC 6749 §4.4). */
  | { mechanism: 'oauthbearer'; tokenUrl: string; clientId: string; clientSecret: string; scope?: string }

/** One kafkajs client's settings. `onLog` sees every entry before the logger does. */
export function clientConfig(config: KafkaConfig, onLog: (entry: LogEntry) => void = () => {}): ClientConfig {
  return {
    brokers: config.brokers,
    clientId: config.clientId ?? 'onbehalf',
    connectionTimeout: 3000,
    // kafkajs retries inside these; whatever they do not cover, our own loops do, for ever.
    retry: { initialRetryTime: 100, retries: 5, maxRetryTime: 1000 },
    logLevel: kafkajs.logLevel.INFO,
    logCreator: () => (entry) => {
      onLog(entry)
      if (config.logger) forward(entry, config.logger)
    },
    ...(config.tls ? { ssl: { ...config.tls } } : {}),
    ...(config.sasl ? { sasl: saslOptions(config.sasl) } : {}),
  }
}

/** kafkajs calls an error what its own retry mends: here it is a warning; what does not mend is reported by us. */
function forward({ namespace, level, log }: LogEntry, logger: StreamLogger) {
  const { message, timestamp: _, logger: __, stack: ___, ...fields } = log
  const at = { component: 'kafkajs', namespace, ...fields }
  if (level <= kafkajs.logLevel.WARN) logger.warn(at, message)
  else logger.debug(at, message)
}

function saslOptions(sasl: KafkaSasl): SASLOptions {
  if (sasl.mechanism !== 'oauthbearer') {
    // A copy: kafkajs keeps its authenticator, credentials and all, in the object it is given.
    const { mechanism, username, password } = sasl
    return { mechanism, username, password } as SASLOptions
  }
  const token = 'token' in sasl ? sasl.token : () => clientCredentialsToken(sasl)
  return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await token() }) }
}

async function clientCredentialsToken(grant: {
  tokenUrl: string
  clientId: string
  clientSecret: string
  scope?: string
}): Promise<string> {
  const basic = [grant.clientId, grant.clientSecret].map(encodeURIComponent).join(':')
  const response = await fetch(grant.tokenUrl, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(basic).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(grant.scope ? { scope: grant.scope } : {}) }),
    signal: AbortSignal.timeout(10_000),
  })
  if (!response.ok) throw new Error(`The token endpoint answered ${response.status}`)
  const { access_token } = (await response.json()) as { access_token?: unknown }
  if (typeof access_token !== 'string') throw new Error('The token endpoint answered without an access_token')
  return access_token
}

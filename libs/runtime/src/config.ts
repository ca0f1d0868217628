import { isIP } from 'node:net'
import { z } from 'zod'
import { OnbehalfError } from './errors.ts'
import { nearestName } from './nearest-name.ts'

/** A door's port, and whether it was asked for: a busy port that was not is replaced, one that was is an error. */
export interface PortSetting {
  port: number
  asked: boolean
  /** The variable that sets it, for messages. */
  variable: string
}

export interface KafkaSaslSettings {
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'oauthbearer'
  username: string | null
  password: string | null
  /** File with the OAUTHBEARER token, read again whenever a new one is needed. */
  tokenFile: string | null
  /** Where an OAUTHBEARER token is got by the client credentials grant (RFC 6749 §4.4). */
  tokenUrl: string | null
  clientId: string | null
  clientSecret: string | null
  scope: string | null
}

export interface KafkaTlsSettings {
  caFile: string | null
  certFile: string | null
  keyFile: string | null
  keyPassphrase: string | null
  serverName: string | null
}

export interface KafkaSettings {
  brokers: string[]
  /** Null: no authentication. */
  sasl: KafkaSaslSettings | null
  /** Null: no TLS. All members null: TLS with the system's certificate authorities. */
  tls: KafkaTlsSettings | null
  /** The topics that ingest reads. */
  topics: string[]
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
export type LogFormat = 'pretty' | 'json'

export interface Config {
  dataDir: string
  host: string
  apiPort: PortSetting
  otlpHttpPort: PortSetting
  otlpGrpcPort: PortSetting
  adminPort: PortSetting
  /** Null: the embedded PostgreSQL. */
  postgresUrl: string | null
  /** Null: the embedded stream. */
  kafka: KafkaSettings | null
  /** Null: one is made and kept in the data directory. */
  bootstrapToken: string | null
  /** Null: `<data dir>/notary/key`. */
  notaryKeyFile: string | null
  /** Null: one tenant `default` with one producer that owns execution. */
  configFile: string | null
  logLevel: LogLevel
  /** Null: `pretty` on a terminal, else `json`. */
  logFormat: LogFormat | null
  /** The CLI's server; null: the instance file says. */
  url: string | null
  token: string | null
  /** What was set, by variable, secrets redacted: printed at start. */
  redacted: Record<string, string>
}

/** One variable: what it means, what it may be, and what it is when left out. */
export interface Setting<T = unknown> {
  variable: string
  /** The default as people read it in the README. */
  fallback: string
  /** One sentence for the README. */
  meaning: string
  /** The rule a value must keep, as the end of "… must be". */
  rule: string
  schema: z.ZodType<T, string>
  secret?: boolean | 'url'
}

const setting = <T>(s: Setting<T>): Setting<T> => s
const text = z.string().min(1)
const port = z.string().regex(/^\d{1,5}$/).transform(Number).refine((value) => value <= 65_535)
const portRule = 'a port number from 0 to 65535 (0: any free one)'
const list = z.string().transform((value) => value.split(',').map((item) => item.trim()).filter((item) => item !== ''))
const brokers = list.refine((items) => items.length > 0 && items.every(isHostAndPort))
const topics = list.refine((items) => items.length > 0 && items.every((name) => /^[a-zA-Z0-9._-]{1,249}$/.test(name)))
const host = z.string().refine((value) => isIP(value) !== 0 || /^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value))
// RFC 6750 §2.1 b64token; short ones can be guessed.
const token = z.string().regex(/^[A-Za-z0-9\-._~+/]{16,512}=*$/)
const tokenRule = '16 to 512 characters of A-Z a-z 0-9 - . _ ~ + /'
const urlOf = (...protocols: string[]) => z.string().refine((value) => protocols.includes(protocolOf(value)))

/** Every variable there is, in the order of the README's table. */
export const settings = {
  dataDir: setting({ variable: 'ONBEHALF_DATA_DIR', fallback: '`.onbehalf`', meaning: 'Database, keys and instance file of the one-process mode.', rule: 'a directory', schema: text }),
  host: setting({ variable: 'ONBEHALF_HOST', fallback: '`127.0.0.1`', meaning: 'Address that all doors are bound to. Beyond loopback, set a credential of your own.', rule: 'an IP address or a host name', schema: host }),
  apiPort: setting({ variable: 'ONBEHALF_API_PORT', fallback: '`4700`', meaning: 'Query API, console, documentation and, in the one-process mode, `/livez`, `/readyz` and `/metrics`.', rule: portRule, schema: port }),
  otlpHttpPort: setting({ variable: 'ONBEHALF_OTLP_HTTP_PORT', fallback: '`4318`', meaning: 'The gateway: CloudEvents (`/v1/events`) and OTLP over HTTP.', rule: portRule, schema: port }),
  otlpGrpcPort: setting({ variable: 'ONBEHALF_OTLP_GRPC_PORT', fallback: '`4317`', meaning: 'The gateway: OTLP over gRPC.', rule: portRule, schema: port }),
  adminPort: setting({ variable: 'ONBEHALF_ADMIN_PORT', fallback: 'a free port', meaning: '`/livez`, `/readyz` and `/metrics` of a service that runs as its own process.', rule: portRule, schema: port }),
  postgresUrl: setting({ variable: 'ONBEHALF_POSTGRES_URL', fallback: 'unset: embedded PostgreSQL', meaning: 'Your PostgreSQL: `postgres://user:password@host:5432/database`.', rule: 'a postgres:// or postgresql:// URL', schema: urlOf('postgres:', 'postgresql:'), secret: 'url' }),
  kafkaBrokers: setting({ variable: 'ONBEHALF_KAFKA_BROKERS', fallback: 'unset: embedded stream', meaning: 'Your Kafka: `host:port`, several with commas between.', rule: 'one or more host:port with commas between', schema: brokers }),
  kafkaTopics: setting({ variable: 'ONBEHALF_KAFKA_TOPICS', fallback: '`onbehalf.gateway,onbehalf.events`', meaning: 'The topics that ingest reads.', rule: 'one or more topic names (letters, digits, . _ -) with commas between', schema: topics }),
  kafkaSaslMechanism: setting({ variable: 'ONBEHALF_KAFKA_SASL_MECHANISM', fallback: 'unset: no SASL', meaning: 'How to log in to Kafka.', rule: 'one of plain, scram-sha-256, scram-sha-512, oauthbearer', schema: z.string().toLowerCase().pipe(z.enum(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'])) }),
  kafkaSaslUsername: setting({ variable: 'ONBEHALF_KAFKA_SASL_USERNAME', fallback: 'unset', meaning: 'User name for PLAIN and SCRAM.', rule: 'a user name', schema: text }),
  kafkaSaslPassword: setting({ variable: 'ONBEHALF_KAFKA_SASL_PASSWORD', fallback: 'unset', meaning: 'Password for PLAIN and SCRAM.', rule: 'a password', schema: text, secret: true }),
  kafkaSaslTokenFile: setting({ variable: 'ONBEHALF_KAFKA_SASL_TOKEN_FILE', fallback: 'unset', meaning: 'File with the OAUTHBEARER token, read again when a new one is needed.', rule: 'a file', schema: text }),
  kafkaSaslTokenUrl: setting({ variable: 'ONBEHALF_KAFKA_SASL_TOKEN_URL', fallback: 'unset', meaning: 'Where OAUTHBEARER tokens are got by the client credentials grant.', rule: 'an http:// or https:// URL', schema: urlOf('http:', 'https:'), secret: 'url' }),
  kafkaSaslClientId: setting({ variable: 'ONBEHALF_KAFKA_SASL_CLIENT_ID', fallback: 'unset', meaning: 'Client id for the token URL.', rule: 'a client id', schema: text }),
  kafkaSaslClientSecret: setting({ variable: 'ONBEHALF_KAFKA_SASL_CLIENT_SECRET', fallback: 'unset', meaning: 'Client secret for the token URL.', rule: 'a client secret', schema: text, secret: true }),
  kafkaSaslScope: setting({ variable: 'ONBEHALF_KAFKA_SASL_SCOPE', fallback: 'unset', meaning: 'Scope to ask the token URL for.', rule: 'a scope', schema: text }),
  kafkaTlsEnabled: setting({ variable: 'ONBEHALF_KAFKA_TLS_ENABLED', fallback: '`true` if another `_TLS_` variable is set, else `false`', meaning: 'Encrypt the connections to Kafka.', rule: 'true or false', schema: z.enum(['true', 'false']).transform((value) => value === 'true') }),
  kafkaTlsCaFile: setting({ variable: 'ONBEHALF_KAFKA_TLS_CA_FILE', fallback: 'unset: the system\'s authorities', meaning: 'Certificate authorities (PEM) that vouch for the brokers.', rule: 'a file', schema: text }),
  kafkaTlsCertFile: setting({ variable: 'ONBEHALF_KAFKA_TLS_CERT_FILE', fallback: 'unset', meaning: 'Our certificate (PEM), for mutual TLS.', rule: 'a file', schema: text }),
  kafkaTlsKeyFile: setting({ variable: 'ONBEHALF_KAFKA_TLS_KEY_FILE', fallback: 'unset', meaning: 'The private key (PEM) of our certificate.', rule: 'a file', schema: text }),
  kafkaTlsKeyPassphrase: setting({ variable: 'ONBEHALF_KAFKA_TLS_KEY_PASSPHRASE', fallback: 'unset', meaning: 'Passphrase of the private key.', rule: 'a passphrase', schema: text, secret: true }),
  kafkaTlsServerName: setting({ variable: 'ONBEHALF_KAFKA_TLS_SERVER_NAME', fallback: 'unset: the broker\'s host name', meaning: 'Name that the brokers\' certificates must have.', rule: 'a host name', schema: host }),
  bootstrapToken: setting({ variable: 'ONBEHALF_BOOTSTRAP_TOKEN', fallback: 'unset: 256 random bits, printed once and kept in the data directory', meaning: 'The first credential: role `admin`, producer `default`.', rule: tokenRule, schema: token, secret: true }),
  notaryKeyFile: setting({ variable: 'ONBEHALF_NOTARY_KEY_FILE', fallback: '`<data dir>/notary/key`, made on first start', meaning: 'The key that signs checkpoints.', rule: 'a file', schema: text }),
  configFile: setting({ variable: 'ONBEHALF_CONFIG_FILE', fallback: 'unset: one tenant `default`, one producer that owns execution', meaning: 'Tenants, topics, producers and what they own, budgets, rule switches (JSON or YAML); read at start and on SIGHUP.', rule: 'a file', schema: text }),
  logLevel: setting({ variable: 'ONBEHALF_LOG_LEVEL', fallback: '`info`', meaning: 'How much is logged.', rule: 'one of trace, debug, info, warn, error, fatal, silent', schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']) }),
  logFormat: setting({ variable: 'ONBEHALF_LOG_FORMAT', fallback: '`pretty` on a terminal, else `json`', meaning: 'How log lines look.', rule: 'pretty or json', schema: z.enum(['pretty', 'json']) }),
  url: setting({ variable: 'ONBEHALF_URL', fallback: 'unset: the instance file says', meaning: 'The server that the commands talk to.', rule: 'an http:// or https:// URL', schema: urlOf('http:', 'https:'), secret: 'url' }),
  token: setting({ variable: 'ONBEHALF_TOKEN', fallback: 'unset: the instance file says', meaning: 'The credential that the commands use.', rule: tokenRule, schema: token, secret: true }),
} satisfies Record<string, Setting<never> | Setting<any>>

/** Variables with this prefix belong to tests and pass unread. */
const testPrefix = 'ONBEHALF_TEST_'

export interface ConfigProblem {
  variable: string
  rule: string
  /** Shortened, and redacted where it is or may hold a secret. */
  value?: string
  nearest?: string
}

/**
 * Reads every `ONBEHALF_*` variable of `env` once. An empty variable counts as unset (compose files write `${X:-}`).
 * @throws OnbehalfError `config_invalid` that names every bad variable, not only the first
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const reader = new Reader(env)
  const portOf = (s: Setting<number>, fallback: number): PortSetting => {
    const asked = reader.read(s)
    return { port: asked ?? fallback, asked: asked !== undefined, variable: s.variable }
  }
  const config: Omit<Config, 'redacted'> = {
    dataDir: reader.read(settings.dataDir) ?? '.onbehalf',
    host: reader.read(settings.host) ?? '127.0.0.1',
    apiPort: portOf(settings.apiPort, 4700),
    otlpHttpPort: portOf(settings.otlpHttpPort, 4318),
    otlpGrpcPort: portOf(settings.otlpGrpcPort, 4317),
    adminPort: portOf(settings.adminPort, 0),
    postgresUrl: reader.read(settings.postgresUrl) ?? null,
    kafka: readKafka(reader),
    bootstrapToken: reader.read(settings.bootstrapToken) ?? null,
    notaryKeyFile: reader.read(settings.notaryKeyFile) ?? null,
    configFile: reader.read(settings.configFile) ?? null,
    logLevel: reader.read(settings.logLevel) ?? 'info',
    logFormat: reader.read(settings.logFormat) ?? null,
    url: reader.read(settings.url)?.replace(/\/+$/, '') ?? null,
    token: reader.read(settings.token) ?? null,
  }
  reader.refuseUnknown()
  if (reader.problems.length > 0) throw configError(reader.problems)
  return { ...config, redacted: reader.redacted }
}

/** The rows of the README's table, in order. */
export function describeConfig(): { variable: string; fallback: string; meaning: string }[] {
  return Object.values(settings).map(({ variable, fallback, meaning }) => ({ variable, fallback, meaning }))
}

function readKafka(reader: Reader): KafkaSettings | null {
  const brokerList = reader.read(settings.kafkaBrokers)
  const topicList = reader.read(settings.kafkaTopics)
  const mechanism = reader.read(settings.kafkaSaslMechanism)
  const sasl = {
    username: reader.read(settings.kafkaSaslUsername) ?? null,
    password: reader.read(settings.kafkaSaslPassword) ?? null,
    tokenFile: reader.read(settings.kafkaSaslTokenFile) ?? null,
    tokenUrl: reader.read(settings.kafkaSaslTokenUrl) ?? null,
    clientId: reader.read(settings.kafkaSaslClientId) ?? null,
    clientSecret: reader.read(settings.kafkaSaslClientSecret) ?? null,
    scope: reader.read(settings.kafkaSaslScope) ?? null,
  }
  const enabled = reader.read(settings.kafkaTlsEnabled)
  const tls: KafkaTlsSettings = {
    caFile: reader.read(settings.kafkaTlsCaFile) ?? null,
    certFile: reader.read(settings.kafkaTlsCertFile) ?? null,
    keyFile: reader.read(settings.kafkaTlsKeyFile) ?? null,
    keyPassphrase: reader.read(settings.kafkaTlsKeyPassphrase) ?? null,
    serverName: reader.read(settings.kafkaTlsServerName) ?? null,
  }
  const tlsAsked = enabled ?? Object.values(tls).some((value) => value !== null)

  const need = (given: boolean, { variable }: Setting<any>, why: string) => {
    if (!given && !reader.isSet(variable)) reader.problems.push({ variable, rule: `must be set, because ${why}` })
  }
  if (mechanism === 'oauthbearer') {
    const why = `${settings.kafkaSaslMechanism.variable} is oauthbearer`
    if (sasl.tokenUrl === null) need(sasl.tokenFile !== null, settings.kafkaSaslTokenFile, `${why} and there is no ${settings.kafkaSaslTokenUrl.variable}`)
    else {
      need(sasl.clientId !== null, settings.kafkaSaslClientId, `${settings.kafkaSaslTokenUrl.variable} is set`)
      need(sasl.clientSecret !== null, settings.kafkaSaslClientSecret, `${settings.kafkaSaslTokenUrl.variable} is set`)
    }
  } else if (mechanism !== undefined) {
    need(sasl.username !== null, settings.kafkaSaslUsername, `${settings.kafkaSaslMechanism.variable} is ${mechanism}`)
    need(sasl.password !== null, settings.kafkaSaslPassword, `${settings.kafkaSaslMechanism.variable} is ${mechanism}`)
  } else if (Object.values(sasl).some((value) => value !== null)) {
    // A password that is silently not used would look like a broker's fault.
    need(false, settings.kafkaSaslMechanism, 'another ONBEHALF_KAFKA_SASL_ variable is set')
  }
  if (tls.certFile !== null) need(tls.keyFile !== null, settings.kafkaTlsKeyFile, `${settings.kafkaTlsCertFile.variable} is set`)
  if (tls.keyFile !== null) need(tls.certFile !== null, settings.kafkaTlsCertFile, `${settings.kafkaTlsKeyFile.variable} is set`)

  if (brokerList === undefined) {
    if (mechanism !== undefined || tlsAsked || topicList !== undefined) {
      need(false, settings.kafkaBrokers, 'another ONBEHALF_KAFKA_ variable is set')
    }
    return null
  }
  return {
    brokers: brokerList,
    sasl: mechanism === undefined ? null : { mechanism, ...sasl },
    tls: tlsAsked ? tls : null,
    topics: topicList ?? ['onbehalf.gateway', 'onbehalf.events'],
  }
}

/** Takes variables out of the environment one by one and remembers what was wrong with them. */
class Reader {
  readonly problems: ConfigProblem[] = []
  readonly redacted: Record<string, string> = {}
  readonly #env: Map<string, string>

  constructor(env: Record<string, string | undefined>) {
    this.#env = new Map(
      Object.entries(env).filter((pair): pair is [string, string] => pair[0].startsWith('ONBEHALF_') && (pair[1] ?? '') !== ''),
    )
  }

  isSet(variable: string): boolean {
    return this.#env.has(variable)
  }

  read<T>(s: Setting<T>): T | undefined {
    const value = this.#env.get(s.variable)
    if (value === undefined) return undefined
    const result = s.schema.safeParse(value)
    if (!result.success) {
      const shown = s.secret === undefined ? shorten(value) : '[redacted]'
      this.problems.push({ variable: s.variable, rule: `must be ${s.rule}`, value: shown })
      return undefined
    }
    this.redacted[s.variable] = s.secret === true ? '[redacted]' : s.secret === 'url' ? redactUrl(value) : shorten(value)
    return result.data
  }

  refuseUnknown(): void {
    const known = new Set(describeConfig().map((row) => row.variable))
    for (const variable of this.#env.keys()) {
      if (known.has(variable) || variable.startsWith(testPrefix)) continue
      const nearest = nearestName(variable, known)
      this.problems.push({ variable, rule: 'is not a variable of Onbehalf', ...(nearest === null ? {} : { nearest }) })
    }
  }
}

function configError(problems: ConfigProblem[]): OnbehalfError {
  const lines = problems.map(({ variable, rule, value, nearest }) => {
    const suffix = nearest === undefined ? '' : `; did you mean ${nearest}?`
    return `${variable} ${rule}${value === undefined ? '' : `, not ${JSON.stringify(value)}`}${suffix}`
  })
  return new OnbehalfError('config_invalid', lines.join('\n'), { details: { problems } })
}

/** The URL without its password and without parameters that may hold one. */
export function redactUrl(value: string): string {
  if (!URL.canParse(value)) return '[redacted]'
  const url = new URL(value)
  if (url.password !== '') url.password = '[redacted]'
  for (const name of url.searchParams.keys()) {
    if (/pass|secret|token|key/i.test(name)) url.searchParams.set(name, '[redacted]')
  }
  return url.href.replaceAll('%5Bredacted%5D', '[redacted]')
}

const shorten = (value: string): string => (value.length <= 200 ? value : `${value.slice(0, 199)}…`)
const protocolOf = (value: string): string => (URL.canParse(value) ? new URL(value).protocol : '')

function isHostAndPort(value: string): boolean {
  const match = /^(?:\[[0-9a-f:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/i.exec(value)
  return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= 65_535
}

import { isatty } from 'node:tty'
import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino'
import pretty from 'pino-pretty'
import type { LogFormat, LogLevel } from './config.ts'

export type Logger = PinoLogger

export interface LoggerOptions {
  /** Which process or part speaks: `gateway`, `ingest`, `up` … */
  name: string
  level?: LogLevel
  /** Null or left out: `pretty` on a terminal, else `json`. */
  format?: LogFormat | null
  /** Default: the standard error, so that what a command prints can be piped. */
  destination?: 1 | 2 | DestinationStream
}

/** A logger whose lines never hold a credential. Writes synchronously: the last line before an exit is the one needed. */
export function createLogger({ name, level = 'info', format, destination = 2 }: LoggerOptions): Logger {
  const chosen = format ?? (typeof destination === 'number' && isatty(destination) ? 'pretty' : 'json')
  const json = typeof destination === 'number' ? pino.destination({ dest: destination, sync: true }) : destination
  const stream = chosen === 'json' ? json : pretty({ destination, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' })
  return pino(
    {
      name,
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretPaths, censor: '[redacted]' },
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.errWithCause, error: pino.stdSerializers.errWithCause },
    },
    stream,
  )
}

/** A logger that says nothing, for tests and for code that is called without one. */
export const silentLogger = (): Logger => pino({ level: 'silent' })

const secretNames = ['authorization', 'token', 'password', 'passphrase', 'secret', 'bootstrapToken', 'cookie', 'postgresUrl']
const secretPaths = [...secretNames, ...secretNames.map((name) => `*.${name}`), '*.headers.authorization', '*.headers.cookie']

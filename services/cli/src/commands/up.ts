import { join } from 'node:path'
import {
  createHealth, createLifecycle, createLogger, createMetrics, loadConfig, openDataDir, runProcess, type InstanceFile,
} from '@onbehalf/runtime'
import type { Command } from '../command.ts'
import { banner } from '../instance/banner.ts'
import { createInstance } from '../instance/instance.ts'
import { findDataDir } from '../server/server.ts'
import { version } from '../version.ts'

export const up: Command = {
  name: 'up',
  summary: 'Start everything in one process',
  arguments: [],
  about:
    'Starts the database, ingest, projector, gateway and query API in one process, keeps the data in the data directory, and runs until '
    + 'Ctrl-C or SIGTERM. Without configuration it needs nothing: PostgreSQL is embedded, and so is the stream. ONBEHALF_POSTGRES_URL and '
    + 'ONBEHALF_KAFKA_BROKERS put yours in their places.',
  examples: [
    ['onbehalf up', 'Start, with the data in .onbehalf.'],
    ['onbehalf up --json', 'For a program: one JSON object a line, {"event":"ready", …} among them; logs go to the standard error.'],
    ['ONBEHALF_POSTGRES_URL=postgres://… ONBEHALF_KAFKA_BROKERS=kafka:9092 onbehalf up', 'With your PostgreSQL and Kafka.'],
  ],
  options: {},
  async run({ options, terminal, env }) {
    const beganAt = performance.now()
    const config = loadConfig(env)
    const json = options['json'] !== undefined
    const logger = createLogger({ name: 'onbehalf', level: options['quiet'] === undefined ? config.logLevel : 'warn', format: config.logFormat })
    const dataDir = await openDataDir(findDataDir(config, env), { bootstrapToken: config.bootstrapToken })
    const tell = (event: string, fields: object = {}) => {
      if (json) terminal.printJson({ event, ...fields })
    }

    const lifecycle = createLifecycle({ logger })
    lifecycle.add({ name: 'data directory', quiesce: () => tell('stopping'), stop: () => dataDir.release() })
    if (Object.keys(config.redacted).length > 0) logger.info({ config: config.redacted }, 'configuration')
    tell('starting', { version, pid: process.pid, data_dir: dataDir.path })
    if (!json) terminal.say('starting …')
    const instance = createInstance({ config, dataDir, logger, metrics: createMetrics({ processMetrics: true }), health: createHealth(), lifecycle })

    // A terminal that was closed asks for the same as Ctrl-C; with a configuration file, SIGHUP is the word to read it again.
    if (config.configFile === null) process.on('SIGHUP', () => process.kill(process.pid, 'SIGTERM'))
    return runProcess({
      lifecycle,
      logger,
      async ready() {
        const { logs, entries } = await instance.integrity()
        const file: InstanceFile = {
          api_url: instance.api.url,
          otlp_http_url: instance.gateway.url,
          otlp_grpc_url: instance.otlpGrpc.url,
          token: instance.token,
          pid: process.pid,
          version,
          started_at: new Date().toISOString(),
        }
        dataDir.writeInstance(file)
        const seconds = (performance.now() - beganAt) / 1_000
        if (json) tell('ready', { ...file, seconds: Number(seconds.toFixed(3)), storage: instance.storage, stream: instance.stream, logs, entries })
        else {
          terminal.print(banner({
            version, seconds, logs, entries, api: instance.api, gateway: instance.gateway, otlpGrpc: instance.otlpGrpc, storage: instance.storage, stream: instance.stream,
            token: shownToken(dataDir, config.bootstrapToken !== null),
          }, terminal.style))
        }
      },
    })
  },
}

/**
 * A token that was given is the operator's and never shown. One that we made is shown when it is new, and on a terminal;
 * what goes into a log file is not given it again at every start.
 */
function shownToken({ path, bootstrapToken, tokenIsNew }: { path: string; bootstrapToken: string; tokenIsNew: boolean }, given: boolean) {
  if (given) return { keptIn: 'ONBEHALF_BOOTSTRAP_TOKEN', expression: '$ONBEHALF_BOOTSTRAP_TOKEN' }
  const file = join(path, 'bootstrap-token')
  return tokenIsNew || process.stdout.isTTY ? { shown: bootstrapToken } : { keptIn: file, expression: `$(cat ${file})` }
}

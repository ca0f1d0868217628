import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, openSync, closeSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { brokerJars } from './jars.ts'

export interface BrokerConfig {
  /** Everything the broker leaves is under here: data, server.properties, broker.log. Kept over restarts. */
  dir: string
  /** Default: a free one. */
  port?: number
  /** Adds a second listener, SASL_PLAINTEXT, with these users (name -> password) for PLAIN and SCRAM-SHA-256. */
  users?: Record<string, string>
  /** The JVM's heap. Default 384. */
  heap_mb?: number
  /** How long to wait for it to answer. Default 60 s: a busy machine starts a JVM slowly. */
  startTimeoutMs?: number
}

export interface Broker {
  /** `host:port` of the plain listener. */
  brokers: string[]
  /** `host:port` of the SASL listener; empty without `users`. */
  saslBrokers: string[]
  dir: string
  readonly pid: number
  /** SIGTERM, a clean shutdown; resolves when the process has ended. */
  stop(): Promise<void>
  /** SIGKILL, as a power cut would; resolves when the process has ended. */
  kill(): Promise<void>
  /** Starts it again on the same port and data, stopping it first if it runs; resolves when it answers. */
  restart(): Promise<void>
}

/** Apache Kafka as one KRaft node, on loopback only, from Maven's jars. Needs a JVM 17 or later. */
export async function startBroker(config: BrokerConfig): Promise<Broker> {
  await requireJava()
  const jars = await brokerJars()
  await mkdir(config.dir, { recursive: true })
  const port = config.port ?? (await freePort())
  const saslPort = config.users ? await freePort() : null
  const properties = join(config.dir, 'server.properties')
  await writeFile(properties, serverProperties(config, port, await freePort(), saslPort))
  if (!existsSync(join(config.dir, 'data', 'meta.properties'))) await format(jars, properties, config)

  let node = await launch(jars, properties, config, port)
  const broker: Broker = {
    brokers: [`127.0.0.1:${port}`],
    saslBrokers: saslPort === null ? [] : [`127.0.0.1:${saslPort}`],
    dir: config.dir,
    get pid() {
      return node.pid
    },
    stop: () => node.end('SIGTERM'),
    kill: () => node.end('SIGKILL'),
    async restart() {
      await node.end('SIGTERM')
      node = await launch(jars, properties, config, port)
    },
  }
  return broker
}

/** One run of the JVM. */
interface Node {
  pid: number
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

async function launch(jars: string, properties: string, config: BrokerConfig, port: number): Promise<Node> {
  const log = join(config.dir, 'broker.log')
  const logFile = openSync(log, 'a')
  const heap = config.heap_mb ?? 384
  // On a small machine that is ours for minutes the second compiler costs more than it saves.
  const args = [`-Xms${Math.min(heap, 128)}m`, `-Xmx${heap}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
  args.push('-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true')
  args.push('-cp', join(jars, '*'), 'kafka.Kafka', properties)
  const child = spawn('java', args, { stdio: ['ignore', logFile, logFile] })
  closeSync(logFile)
  const warden = watchOver(child)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    const limit = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await ended
    clearTimeout(limit)
    warden.kill()
  }

  const deadline = Date.now() + (config.startTimeoutMs ?? 60_000)
  while (!(await answers(port))) {
    const gone = child.exitCode !== null || child.signalCode !== null
    if (gone || Date.now() > deadline) {
      await end('SIGKILL')
      const tail = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-15).join('\n')
      const what = gone ? 'ended' : 'does not answer'
      throw new Error(`Apache Kafka ${what} on port ${port}. The end of its log:\n${tail}`)
    }
    await sleep(100)
  }
  return { pid: child.pid!, end }
}

/**
 * Ends the JVM when this process ends, however it ends (SIGKILL too): the shell's `cat` reads a pipe that only we hold.
 * In a process group of its own, so that a Ctrl-C reaches the broker through our clean shutdown and not past it.
 */
function watchOver(child: ChildProcess): ChildProcess {
  const script = `cat >/dev/null; kill -9 ${child.pid}`
  const warden = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  warden.unref()
  ;(warden.stdin as unknown as { unref(): void }).unref()
  return warden
}

/** An ApiVersions request (key 18, version 0): the first thing a broker answers once it serves clients. */
async function answers(port: number): Promise<boolean> {
  const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff])
  return await new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    const settle = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.setTimeout(1000, () => settle(false))
    socket.once('data', () => settle(true))
    socket.once('error', () => settle(false))
    socket.once('close', () => settle(false))
  })
}

function serverProperties(config: BrokerConfig, port: number, controllerPort: number, saslPort: number | null): string {
  const listeners = [`PLAINTEXT://127.0.0.1:${port}`]
  if (saslPort !== null) listeners.push(`SASL_PLAINTEXT://127.0.0.1:${saslPort}`)
  const lines = [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    `listeners=${[...listeners, `CONTROLLER://127.0.0.1:${controllerPort}`].join(',')}`,
    `advertised.listeners=${listeners.join(',')}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    `log.dirs=${join(config.dir, 'data')}`,
    'auto.create.topics.enable=false',
    // One node holds every replica there is.
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    // A restarted node takes its own place again at once, and a group does not wait for members that will not come.
    'broker.session.timeout.ms=3000',
    'broker.heartbeat.interval.ms=500',
    'group.initial.rebalance.delay.ms=0',
    'group.min.session.timeout.ms=1000',
    'num.network.threads=2',
    'num.io.threads=4',
    'log.cleaner.dedupe.buffer.size=16777216',
    'log.segment.delete.delay.ms=1000',
  ]
  if (config.users) {
    const users = Object.entries(config.users).map(([name, password]) => `user_${name}="${password}"`)
    const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required ${users.join(' ')};`
    lines.push(
      'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256',
      `listener.name.sasl_plaintext.plain.sasl.jaas.config=${plain}`,
      'listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=' +
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    )
  }
  return lines.join('\n') + '\n'
}

async function format(jars: string, properties: string, config: BrokerConfig) {
  // Any 16 bytes in URL-safe base64 name a cluster; a fixed one lets a data directory be told from a foreign one.
  const args = ['-cp', join(jars, '*'), 'kafka.tools.StorageTool', 'format']
  args.push('-t', 'b25iZWhhbGYtbG9jYWwtMQ', '-c', properties)
  for (const [name, password] of Object.entries(config.users ?? {})) {
    args.push('--add-scram', `SCRAM-SHA-256=[name=${name},password=${password}]`)
  }
  try {
    await promisify(execFile)('java', args)
  } catch (cause) {
    await rm(join(config.dir, 'data'), { recursive: true, force: true })
    throw new Error(`Apache Kafka could not format its data directory: ${(cause as Error).message}`, { cause })
  }
}

async function requireJava() {
  const needed = 'a Java runtime 17 or later on the PATH (for example the package `openjdk-17-jre-headless`)'
  let version: string
  try {
    version = (await promisify(execFile)('java', ['-version'])).stderr
  } catch (cause) {
    throw new Error(`Apache Kafka needs ${needed}`, { cause })
  }
  const major = Number(/version "(\d+)/.exec(version)?.[1])
  if (major < 17) throw new Error(`Apache Kafka needs ${needed}; \`java -version\` says ${major}`)
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

/**
 * `npm run kafka`: a local Apache Kafka with the declared topics, until Ctrl-C. Its data stays in a git-ignored folder.
 * Usage: node infra/kafka/main.ts [--port 9092] [--dir <folder>]
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startBroker } from './broker.ts'
import { declareTopics } from './topics/declare-topics.ts'

const { values } = parseArgs({ options: { port: { type: 'string' }, dir: { type: 'string' } } })

try {
  const broker = await startBroker({
    dir: values.dir ?? join(import.meta.dirname, '.local', 'broker'),
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
  })
  let stopping = false
  const stop = async () => {
    // A second Ctrl-C does not wait for the clean shutdown.
    if (stopping) return void broker.kill().then(() => process.exit(130))
    stopping = true
    await broker.stop()
    process.exit(0)
  }
  process.on('SIGINT', () => void stop())
  process.on('SIGTERM', () => void stop())

  const { created, different } = await declareTopics(broker.brokers)
  if (created.length > 0) console.log(`topics made: ${created.join(', ')}`)
  for (const { topic, setting, is, declared } of different) {
    console.log(`topic ${topic}: ${setting} is ${is}, declared is ${declared}`)
  }
  console.log(`ONBEHALF_KAFKA_BROKERS=${broker.brokers.join(',')}`)
  console.log('ready')
  // Keeps the process up; if the broker itself ends, so do we.
  const watch = setInterval(() => {
    try {
      process.kill(broker.pid, 0)
    } catch {
      clearInterval(watch)
      if (!stopping) {
        console.error(`Apache Kafka has ended; see ${join(broker.dir, 'broker.log')}`)
        process.exit(1)
      }
    }
  }, 1000)
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}

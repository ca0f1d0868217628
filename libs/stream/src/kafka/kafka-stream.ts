import type { PartitionHandler, Stream } from '../stream.ts'
import { installCodecs } from './codecs.ts'
import { clientConfig, type KafkaConfig } from './kafka-config.ts'
import { createKafkaConsumer } from './kafka-consumer.ts'
import { createKafkaProducer } from './kafka-producer.ts'
import { LogEnds } from './log-ends.ts'
import { silenceNegativeTimeouts } from './negative-timeouts.ts'

export type { KafkaConfig, KafkaSasl, KafkaTls } from './kafka-config.ts'

/** An Apache Kafka as a stream. Connects when it is first used; making it does nothing but check the configuration. */
export function createKafkaStream(config: KafkaConfig): Stream {
  installCodecs()
  silenceNegativeTimeouts()
  const ends = new LogEnds(clientConfig(config))
  return {
    producer: (topic: string) => createKafkaProducer(config, topic),
    consumer: (topics: readonly string[], handler: PartitionHandler) =>
      createKafkaConsumer(config, ends, topics, handler),
    ends: (topic: string) => ends.ends(topic),
    stop: () => ends.close(),
  }
}

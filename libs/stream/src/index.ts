export * from './stream.ts'
export * from './stream-error.ts'
export { createEmbeddedStream, type EmbeddedStreamConfig } from './embedded.ts'
export { createKafkaStream, type KafkaConfig, type KafkaSasl, type KafkaTls } from './kafka/kafka-stream.ts'

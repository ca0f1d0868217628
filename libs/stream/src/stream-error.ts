/** Codes are never reused. They are part of the product's error registry (`OnbehalfError.code` of what wraps them). */
export type StreamErrorCode =
  | 'stream_unavailable'
  | 'record_too_large'
  | 'partition_lost'
  | 'partition_stopped'
  | 'batch_undecodable'

export class StreamError extends Error {
  readonly code: StreamErrorCode

  constructor(code: StreamErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = code
  }
}

/** No acknowledgement within the bounds: broker out of reach, queue full, stopped. Over HTTP 503 and Retry-After. */
export class StreamUnavailable extends StreamError {
  constructor(message: string, cause?: unknown) {
    super('stream_unavailable', message, cause)
  }
}

/** One record exceeds what the topic takes. Nothing was sent. `index` is its place in the call's array. */
export class RecordTooLarge extends StreamError {
  readonly index: number
  readonly bytes: number
  readonly bytesMax: number

  constructor(index: number, bytes: number, bytesMax: number, cause?: unknown) {
    super('record_too_large', `Record ${index} has ${bytes} bytes, more than the ${bytesMax} the topic takes`, cause)
    this.index = index
    this.bytes = bytes
    this.bytesMax = bytesMax
  }
}

/** Thrown BY a handler: another writer has taken this partition over, so let go of it. */
export class PartitionLost extends StreamError {
  readonly topic: string
  readonly partition: number

  constructor(topic: string, partition: number, cause?: unknown) {
    super('partition_lost', `Another writer has taken over ${topic}/${partition}`, cause)
    this.topic = topic
    this.partition = partition
  }
}

/** What `StreamConsumer.failed` rejects with: this partition is not consumed any more. Nothing of it is lost. */
export class PartitionStopped extends StreamError {
  readonly topic: string
  readonly partition: number
  /** The first offset that was not consumed. */
  readonly offset: bigint

  constructor(topic: string, partition: number, offset: bigint, reason: string, cause?: unknown) {
    super('partition_stopped', `${topic}/${partition} stopped at offset ${offset}: ${reason}`, cause)
    this.topic = topic
    this.partition = partition
    this.offset = offset
  }
}

/** A record batch whose bytes do not decompress, or whose codec nobody knows. */
export class BatchUndecodable extends StreamError {
  constructor(codec: string, cause?: unknown) {
    super('batch_undecodable', `A record batch compressed with ${codec} cannot be decoded`, cause)
  }
}

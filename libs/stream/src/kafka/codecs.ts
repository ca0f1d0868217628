import zlib from 'node:zlib'
import kafkajs from 'kafkajs'
import lz4 from 'lz4-napi'
import snappy from 'snappy'
import { BatchUndecodable } from '../stream-error.ts'

/** What kafkajs asks of a codec. The decompressed bytes are the records of one batch. */
interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>
  decompress(buffer: Buffer): Promise<Buffer>
}

/** One record batch may not unfold to more than this: `max.message.bytes` bounds the compressed form only. */
const decompressed_bytes_max = 512 * 1024 * 1024

/**
 * Gives kafkajs the codecs it lacks, and makes each one say `BatchUndecodable`, which kafkajs hands through: that is
 * how the consumer tells bytes that will never decode from a connection that will come back. Codecs are global in
 * kafkajs (its documented way), so this is done once per process.
 */
export function installCodecs(): void {
  const codecs = kafkajs.CompressionCodecs as Record<number, () => Codec>
  codecs[1] = named('gzip', zlib.gzipSync, (data) => zlib.gunzipSync(data, { maxOutputLength: decompressed_bytes_max }))
  codecs[2] = named('snappy', encodeXerial, decodeSnappy)
  codecs[3] = named('lz4', (data) => lz4.compressFrameSync(data), (data) => lz4.decompressFrameSync(data))
  codecs[4] = named('zstd', (data) => zlib.zstdCompressSync(data), (data) =>
    zlib.zstdDecompressSync(data, { maxOutputLength: decompressed_bytes_max }),
  )
  // Without these, kafkajs would read the compressed bytes of a codec that nobody knows as if they were records.
  for (const unknown of [5, 6, 7]) {
    codecs[unknown] = named(`unknown codec ${unknown}`, fail, fail)
  }
}

function fail(): never {
  throw new Error('no such codec in the Kafka protocol')
}

/** Synchronous on purpose: a batch takes tens of microseconds to a few milliseconds, less than a trip to the pool. */
function named(name: string, compress: (data: Buffer) => Buffer, decompress: (data: Buffer) => Buffer): () => Codec {
  const codec: Codec = {
    compress: async (encoder) => compress(encoder.buffer),
    decompress: async (data) => {
      try {
        return decompress(data)
      } catch (cause) {
        throw new BatchUndecodable(name, cause)
      }
    },
  }
  return () => codec
}

/** The framing of Java's SnappyOutputStream: this magic, two version words, then blocks of uint32be length + snappy. */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const xerialHeader = Buffer.concat([xerialMagic, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
const xerial_block_bytes = 32 * 1024

function encodeXerial(data: Buffer): Buffer {
  const parts: Buffer[] = [xerialHeader]
  for (let at = 0; at < data.length; at += xerial_block_bytes) {
    const block = snappy.compressSync(data.subarray(at, at + xerial_block_bytes))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

/** Java clients frame; librdkafka and others send one bare snappy block. */
function decodeSnappy(data: Buffer): Buffer {
  if (!data.subarray(0, 8).equals(xerialMagic)) return snappy.uncompressSync(data) as Buffer
  const parts: Buffer[] = []
  for (let at = 16; at < data.length; ) {
    const length = data.readUInt32BE(at)
    if (at + 4 + length > data.length) throw new Error('a snappy block ends past the batch')
    parts.push(snappy.uncompressSync(data.subarray(at + 4, at + 4 + length)) as Buffer)
    at += 4 + length
  }
  return Buffer.concat(parts)
}

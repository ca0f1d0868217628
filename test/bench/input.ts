import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { benchEvents } from '@onbehalf/testkit'
import type { Settings } from './settings.ts'

export interface InputEvent {
  tenant: string
  /** Of the action: what the record's partition key is. */
  key: string
  value: Buffer
}

/** The one input of all arms, cut into the parts that they take one after the other. */
export interface Input {
  all: InputEvent[]
  warmup: InputEvent[]
  measured: InputEvent[]
  /** For the two halves of B9 and B10. */
  loaded: InputEvent[]
  idle: InputEvent[]
}

/** Writes the events of a run into one file; answers the SHA-256 over their bytes (benchDigest of the testkit). */
export function writeInput(path: string, settings: Settings): string {
  const { warmup, events, idle, seed, tenants } = settings
  const hash = createHash('sha256')
  const file = openSync(path, 'w')
  let chunk: Buffer[] = []
  let bytes = 0
  const flush = () => {
    writeSync(file, Buffer.concat(chunk))
    chunk = []
    bytes = 0
  }
  for (const { tenant, key, value } of benchEvents(warmup + events + loadedOf(settings) + idle, { seed, tenants })) {
    hash.update(value)
    const head = Buffer.from(`${tenant}\n${key}\n`)
    const lengths = Buffer.alloc(8)
    lengths.writeUInt32LE(head.length, 0)
    lengths.writeUInt32LE(value.length, 4)
    chunk.push(lengths, head, value)
    bytes += 8 + head.length + value.length
    if (bytes > 8 << 20) flush()
  }
  flush()
  closeSync(file)
  return hash.digest('hex')
}

/** Values are views into one buffer, as those of a fetch from Kafka are. */
export function readInput(path: string, settings: Settings): Input {
  const file = readFileSync(path)
  const all: InputEvent[] = []
  for (let at = 0; at < file.length;) {
    const head = at + 8
    const value = head + file.readUInt32LE(at)
    const end = value + file.readUInt32LE(at + 4)
    const [tenant, key] = file.toString('latin1', head, value).split('\n') as [string, string]
    all.push({ tenant, key, value: file.subarray(value, end) })
    at = end
  }
  const ends = [settings.warmup, settings.events, loadedOf(settings), settings.idle].map((_, i, sizes) =>
    sizes.slice(0, i + 1).reduce((sum, size) => sum + size, 0))
  const part = (i: number) => all.slice(i === 0 ? 0 : ends[i - 1], ends[i])
  return { all, warmup: part(0), measured: part(1), loaded: part(2), idle: part(3) }
}

/** Half the events at half the rate take as long as the measured ones did. */
function loadedOf({ events }: Settings): number {
  return Math.ceil(events / 2)
}

/** Delegations and sessions are filed under keys of their own. */
export function isAboutAnAction(value: Buffer): boolean {
  return !value.includes('"type":"onbehalf.delegation.') && !value.includes('"type":"onbehalf.session.')
}

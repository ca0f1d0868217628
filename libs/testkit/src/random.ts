/**
 * Seeded randomness: the same seed gives the same choices on every machine. A test that fails prints `seed`, and passing
 * that seed in again plays the same game.
 */
export interface Random {
  readonly seed: number
  /** From 0 to less than 1. */
  next(): number
  /** A whole number from 0 to less than `below`. */
  int(below: number): number
  /** A whole number, both ends included. */
  between(least: number, greatest: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  shuffled<T>(items: readonly T[]): T[]
  /** Lower-case hex digits; never all zeros, so that it may be a trace or span id. */
  hex(digits: number): string
  /** Letters and digits that are not taken for one another when read out. */
  word(length: number): string
  /** RFC 9562 version 7, for a given millisecond. */
  uuid7(atMs: number): string
  /** A generator of its own, so that adding a choice in one place changes none in another. */
  fork(label: string): Random
}

/** mulberry32: 32 bits of state, good enough to vary tests with, and quick. */
export function createRandom(seed: number | string): Random {
  const start = typeof seed === 'number' ? seed >>> 0 : hashOf(seed)
  let state = start
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (below: number) => Math.floor(next() * below)
  const hex = (digits: number): string => {
    let text = ''
    while (text.length < digits) text += int(4_294_967_296).toString(16).padStart(8, '0')
    text = text.slice(0, digits)
    return /^0+$/.test(text) ? `${text.slice(1)}1` : text
  }
  return {
    seed: start,
    next,
    int,
    between: (least, greatest) => least + int(greatest - least + 1),
    chance: (probability) => next() < probability,
    pick: (items) => items[int(items.length)]!,
    shuffled(items) {
      const out = [...items]
      for (let i = out.length - 1; i > 0; i--) {
        const j = int(i + 1)
        ;[out[i], out[j]] = [out[j]!, out[i]!]
      }
      return out
    },
    hex,
    word: (length) => Array.from({ length }, () => legible[int(legible.length)]).join(''),
    uuid7(atMs) {
      const time = atMs.toString(16).padStart(12, '0')
      const rest = hex(20)
      return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-a${rest.slice(3, 6)}-${rest.slice(6, 18)}`
    },
    fork: (label) => createRandom(hashOf(`${start}/${label}`)),
  }
}

/**
 * The seed of this run: `ONBEHALF_TEST_SEED` if set, else the usual one, else a new one. Put it into the message of whatever
 * may fail.
 */
export function testSeed(usual: number = Math.floor(Math.random() * 4_294_967_296), env: Record<string, string | undefined> = process.env): number {
  const given = env['ONBEHALF_TEST_SEED']
  return given === undefined || given === '' ? usual : Number(given) >>> 0
}

/** Runs `check` with its own generator; what it throws says which seed gives it again. */
export async function withSeed<T>(seed: number, check: (random: Random) => T | Promise<T>): Promise<T> {
  try {
    return await check(createRandom(seed))
  } catch (error) {
    throw new Error(`failed with seed ${seed} (ONBEHALF_TEST_SEED=${seed} plays it again): ${(error as Error).message}`, { cause: error })
  }
}

const legible = '23456789abcdefghjkmnpqrstuvwxyz'

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

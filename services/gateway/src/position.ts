import type { Produced } from '@onbehalf/stream'

/**
 * `<topic>/<partition>@<offset>,…`: the greatest offset of each partition, sorted. What `?at_least=` takes. Empty for an
 * empty batch.
 */
export function formatPosition(produced: readonly Produced[]): string {
  const greatest = new Map<string, bigint>()
  for (const { topic, partition, offset } of produced) {
    const name = `${topic}/${partition}`
    if (offset > (greatest.get(name) ?? -1n)) greatest.set(name, offset)
  }
  return [...greatest].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, offset]) => `${name}@${offset}`).join(',')
}

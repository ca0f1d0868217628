/** The middle value; of an even number the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = sortedOf(values)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Nearest rank: a value that was measured, at least `percent` of all are not above it. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = sortedOf(values)
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)]!
}

/** Figure by figure within a round: the machine was the same for both then. */
export function ratios(above: ReadonlyMap<number, number>, below: ReadonlyMap<number, number>): number[] {
  return [...above].filter(([round]) => below.has(round)).map(([round, value]) => value / below.get(round)!)
}

function sortedOf(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('there is nothing to take the middle of')
  return values.toSorted((a, b) => a - b)
}

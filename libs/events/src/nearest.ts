/** Longer than any type; a hostile one must not cost more. */
const charsMax = 64

/** The candidate with the fewest edits (Levenshtein) from `text`; at equal distance the first. */
export function nearest(text: string, candidates: Iterable<string>): string {
  const wanted = text.slice(0, charsMax).toLowerCase()
  let best = ''
  let bestEdits = Infinity
  for (const candidate of candidates) {
    const edits = editsBetween(wanted, candidate)
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits]
  }
  return best
}

function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

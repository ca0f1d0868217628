/** Positions of 202 answers, `<topic>/<partition>@<offset>,…`, put together: the greatest offset of each partition. */
export class Positions {
  readonly #greatest = new Map<string, bigint>()

  add(position: string): void {
    for (const part of position.split(',')) {
      const at = part.lastIndexOf('@')
      if (at < 0 || !/^\d+$/.test(part.slice(at + 1))) continue
      const offset = BigInt(part.slice(at + 1))
      if (offset > (this.#greatest.get(part.slice(0, at)) ?? -1n)) this.#greatest.set(part.slice(0, at), offset)
    }
  }

  toString(): string {
    return [...this.#greatest].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([partition, offset]) => `${partition}@${offset}`).join(',')
  }
}

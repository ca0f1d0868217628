/**
 * A bounded map that forgets what has not been touched for longest, by halves: what is read from the old generation
 * moves to the young one; when the young one is full, the old one is dropped. `weigh` counts a value against the bound.
 */
export class Generations<Value> extends Map<string, Value> {
  #old = new Map<string, Value>()
  #weight = 0
  readonly #weight_max: number
  readonly #weigh: (value: Value) => number

  constructor(weight_max: number, weigh: (value: Value) => number) {
    super()
    this.#weight_max = weight_max
    this.#weigh = weigh
  }

  /** Of the young generation: what is held for certain. */
  get weight(): number {
    return this.#weight
  }

  override get(key: string): Value | undefined {
    const young = super.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  override set(key: string, value: Value): this {
    this.#weight += this.#weigh(value)
    return super.set(key, value)
  }

  /** Forgets the old generation if the young one is full. Call between batches: a batch must not lose what it read. */
  age(): void {
    if (this.#weight < this.#weight_max / 2) return
    this.#old = new Map(this)
    super.clear()
    this.#weight = 0
  }

  override clear(): void {
    super.clear()
    this.#old = new Map()
    this.#weight = 0
  }
}

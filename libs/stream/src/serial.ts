/** Runs tasks one after another, in the order they were given. A task that fails does not stop the next. */
export class Serial {
  #tail: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task)
    this.#tail = result.catch(() => undefined)
    return result
  }

  /** Resolves when everything given so far has run. */
  async idle(): Promise<void> {
    await this.#tail
  }
}

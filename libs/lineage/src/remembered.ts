import type { Fact } from './fact.ts'

/** Lists of facts are never changed in place, so what was made of one can be kept as long as it is. */
export function remembered<Made extends object>(make: (facts: readonly Fact[]) => Made): (facts: readonly Fact[] | undefined) => Made {
  const made = new WeakMap<readonly Fact[], Made>()
  return (facts = none) => {
    const known = made.get(facts)
    if (known !== undefined) return known
    const fresh = make(facts)
    made.set(facts, fresh)
    return fresh
  }
}

const none: readonly Fact[] = []

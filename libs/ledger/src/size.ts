import { LedgerError } from './ledger-error.ts'

/**
 * Whether a number can be a size or an index: a whole number up to 2^53 - 1, which a log that takes 100,000 entries a
 * second reaches in 2,800 years. Plain numbers, because a bigint per step would cost more than the step.
 */
export function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

/** Throws `out_of_range` for what is not a size. */
export function assertSize(size: number): void {
  if (!isSize(size)) throw new LedgerError('out_of_range', `${size} is not a size of a tree`, { size })
}

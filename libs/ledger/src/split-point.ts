/** The largest power of two smaller than `n`, for n > 1: where RFC 9162 cuts a tree. By doubling: shifts are 32-bit. */
export function splitPoint(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

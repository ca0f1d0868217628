import type { Hash } from '../hash.ts'

/** A hash that differs in one bit. */
export function flipped(hash: Hash, bit: number): Hash {
  const at = (bit >> 3) % 32
  const byte = hash.charCodeAt(at) ^ (1 << (bit & 7))
  return (hash.slice(0, at) + String.fromCharCode(byte) + hash.slice(at + 1)) as Hash
}

/** Every way to damage a list of hashes by one step: change, drop, repeat, swap, add at either end. */
export function mutatedProofs(proof: readonly Hash[], bit: number, stranger: Hash): Hash[][] {
  const mutated: Hash[][] = [
    [...proof, stranger],
    [stranger, ...proof],
  ]
  for (const [at, hash] of proof.entries()) {
    mutated.push(proof.with(at, flipped(hash, bit)))
    mutated.push(proof.with(at, hash.slice(1) as Hash))
    mutated.push(proof.with(at, `${hash}\u0000` as Hash))
    // The same low byte, another text: it must not pass for the hash it is not.
    mutated.push(proof.with(at, (String.fromCharCode(hash.charCodeAt(0) + 0x100) + hash.slice(1)) as Hash))
    mutated.push([...proof.slice(0, at), ...proof.slice(at + 1)])
    mutated.push([...proof.slice(0, at), hash, ...proof.slice(at)])
    if (at > 0) mutated.push(proof.with(at, proof[at - 1]!).with(at - 1, hash))
  }
  return mutated
}

import { hash } from 'node:crypto'

import type { Hash } from '../hash.ts'

/** The Sha256 that the product uses, too; 'binary' is Node's other name for latin-1, the one its types know here. */
export const sha256 = (data: Uint8Array) => hash('sha256', data, 'binary') as string as Hash

/** Leaf hash number `index` of a log that every test shares. */
export const leafAt = (index: number): Hash => sha256(new TextEncoder().encode(`leaf ${index}`))

export const leavesOf = (count: number): Hash[] => Array.from({ length: count }, (_, index) => leafAt(index))

import type { Dialect } from './dialect.ts'

/** The first that speaks a record's language reads it: what only one framework writes comes before what many do. */
export const dialects: readonly Dialect[] = []

/**
 * How much the projector of one process takes at a time and keeps in memory. With parsed facts of about 3 kB each this
 * stays far below the 600 MB that the whole process, PostgreSQL included, may take.
 */
export const projection = {
  facts_max: 30_000,
  batch: { entries_max: 4_096, bytes_max: 8 << 20 },
}

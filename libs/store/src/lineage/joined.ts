/** No text that reaches PostgreSQL holds it: columns are sent as one text each, which is what node-pg encodes fastest. */
export const separator = '\x1f'

/** Never for a single text that may be empty: joined it is nothing, and split again no text at all. */
export function joined<Row>(rows: readonly Row[], text: (row: Row) => string): string {
  return rows.map(text).join(separator)
}

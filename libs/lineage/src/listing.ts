/** Values in a sentence: a few of them, and how many more there are. */
export function listing(values: readonly (string | number)[]): string {
  const more = values.length - shown_max
  return more > 0 ? `${values.slice(0, shown_max).join(', ')} and ${more} more` : values.join(', ')
}

const shown_max = 3

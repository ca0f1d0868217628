/** A value, or with `*` at the end what one begins with. */
export const matches = (pattern: string, value: string) => (pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : pattern === value)

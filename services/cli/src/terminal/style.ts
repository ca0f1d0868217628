export interface Style {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] } as const

/** SGR sequences, or nothing at all. */
export function createStyle(on: boolean): Style {
  return Object.fromEntries(Object.entries(codes).map(([name, [begin, end]]) =>
    [name, (text: string) => (on && text !== '' ? `\x1b[${begin}m${text}\x1b[${end}m` : text)])) as unknown as Style
}

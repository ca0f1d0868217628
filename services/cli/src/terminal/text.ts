/**
 * Text for terminals. What others sent may hold sequences that move the cursor, rewrite the screen or turn the direction
 * of writing: whatever is printed goes through `visible` or `visibleDeep` first.
 */

/** C0, DEL, C1; direction marks and overrides; separators, zero-width and other invisible format characters; lone surrogates. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
/** Joins the parts of an emoji or letters of a script, and is harmless. */
const harmless = new Set(['\u200d', '\u200c'])

/** The text with everything that a terminal would act on written out: `\x1b[31m`. */
export function visible(text: string): string {
  return text.replace(invisible, (unit) => (harmless.has(unit) ? unit : escaped(unit)))
}

/** `visible` for every string of a document, names of members too. */
export function visibleDeep<T>(value: T): T {
  if (typeof value === 'string') return visible(value) as T
  if (Array.isArray(value)) return value.map(visibleDeep) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [visible(name), visibleDeep(member)])) as T
}

/** JSON that may be printed: the same value, with those characters escaped as JSON allows. */
export function visibleJson(value: unknown, indent?: number): string {
  const escape = (unit: string): string => [...Array(unit.length).keys()].map((i) => `\\u${unit.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')
  return JSON.stringify(value, null, indent).replace(invisible, (unit) => (unit === '\n' ? unit : escape(unit)))
}

function escaped(unit: string): string {
  const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
  const code = unit.codePointAt(0)!
  return named[unit] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`)
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const wide = /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\u{fe0f}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])/u
// oxlint-disable-next-line no-control-regex
const styling = /\x1b\[[0-9;]*m/g

/** Columns that the text takes; our own styling takes none. */
export function widthOf(text: string): number {
  const plain = text.replace(styling, '')
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length
  let width = 0
  for (const { segment } of graphemes.segment(plain)) width += wide.test(segment) ? 2 : /^\p{Mn}+$/u.test(segment) ? 0 : 1
  return width
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** At most `width` columns; what is cut off is shown by `…`. Not for styled text. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let out = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const next = widthOf(segment)
    if (used + next > width - 1) break
    out += segment
    used += next
  }
  return `${out}…`
}

/** Lines of at most `columns`, broken at blanks, or within a word that is longer than a line. */
export function wrapped(text: string, columns: number, indent = ''): string[] {
  const room = Math.max(20, columns - indent.length)
  const lines: string[] = []
  let line = ''
  // By single blanks, so that the wider gaps within a line stay as they are.
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`
    if (widthOf(joined) <= room) {
      line = joined
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (widthOf(line) > room) {
      const head = cut(line, room + 1).slice(0, -1)
      lines.push(head)
      line = line.slice(head.length)
    }
  }
  lines.push(line)
  return lines.map((each) => `${indent}${each}`.trimEnd())
}

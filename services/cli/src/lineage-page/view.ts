import type { EntryRef, Evidence, Leg } from '@onbehalf/lineage'
import type { Style } from '../terminal/style.ts'
import { cut, padded, widthOf, wrapped } from '../terminal/text.ts'

/** How a page is drawn. What comes in must have gone through `visibleDeep`. */
export interface View {
  columns: number
  style: Style
}

/** A blank line, a title, and what stands under it; nothing if there is nothing. */
export function section(title: string, lines: readonly string[], { style }: View): string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...lines]
}

/** `2026-11-24T09:00:00.123456Z` -> `2026-11-24 09:00:00.123`: always UTC, no finer than a person reads. */
export function timeOf(time: string): string {
  return `${dateOf(time)} ${clockOf(time)}`
}

export const dateOf = (time: string): string => time.slice(0, 10)

export function clockOf(time: string): string {
  return (/T(\d\d:\d\d:\d\d(?:\.\d{1,3})?)/.exec(time)?.[1] ?? time).replace(/\.0+$/, '')
}

/** Long lists are cut; `--json` has all of it. */
export function firstOf<T>(items: readonly T[], most: number, draw: (item: T, index: number) => string[]): string[] {
  const lines = items.slice(0, most).flatMap(draw)
  return items.length > most ? [...lines, `  … and ${(items.length - most).toLocaleString('en')} more (--json has them all)`] : lines
}

/** A left column of names, and text beside it that may take several lines. */
export function beside(left: string, width: number, right: string, { columns }: View): string[] {
  const indent = ' '.repeat(width + 4)
  const [first = '', ...rest] = wrapped(right, columns, indent)
  return [`  ${padded(cut(left, width), width)}  ${first.trimStart()}`, ...rest]
}

/** Rows whose cells stand under each other; a row that does not fit breaks before the cell that is too much. */
export function table(rows: readonly (readonly string[])[], { columns }: View, indent = '  '): string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))))
  return rows.flatMap((row) => {
    const lines: string[] = []
    let line = indent
    row.forEach((cell, i) => {
      const text = i === row.length - 1 ? cell : padded(cell, widths[i]!)
      if (widthOf(line.trimEnd()) > indent.length && widthOf(line) + widthOf(cell) > columns) {
        lines.push(line.trimEnd())
        line = `${indent}    `
      }
      line += `${text}  `
    })
    return [...lines, line.trimEnd()]
  })
}

/** How strongly it is held, in the fewest words. */
export function evidenceWord({ evidence, provisional }: Pick<Leg, 'evidence'> & Partial<Pick<Leg, 'provisional'>>): string {
  if (evidence === 'missing' && provisional === true) return 'not yet told'
  return evidence.replace('_', ' ')
}

export function evidenceStyle(evidence: Evidence, style: Style): (text: string) => string {
  switch (evidence) {
    case 'observed': return style.green
    case 'asserted': return style.cyan
    case 'missing': return style.red
    case 'ambiguous':
    case 'inferred': return style.yellow
    default: return style.dim
  }
}

/** `default/onbehalf.embedded/0#17`: one entry of one log. */
export const entryName = ({ log, index }: EntryRef): string => `${log}#${index}`

export interface Named {
  iss: string
  sub: string
  kind: string
  name?: string | undefined
  instance?: string | undefined
}

/** The name, and behind it what the identity rests on. */
export function fullName(principal: Named, { style }: View): string {
  const { name, sub, iss, kind } = principal
  const issuer = iss.startsWith('urn:onbehalf:unqualified:') ? 'no issuer given' : iss
  return name === undefined || name === sub ? `${sub} ${style.dim(`(${kind}, ${issuer})`)}` : `${name} ${style.dim(`(${kind} ${sub}, ${issuer})`)}`
}

export const shortName = ({ name, sub }: Pick<Named, 'name' | 'sub'>): string => name ?? sub

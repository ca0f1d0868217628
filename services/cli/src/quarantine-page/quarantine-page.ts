import { parseBinary } from '@onbehalf/events'
import type { EntryRef } from '@onbehalf/lineage'
import { entryName, firstOf, timeOf, type View } from '../lineage-page/view.ts'
import { cut, visible, visibleJson, wrapped } from '../terminal/text.ts'

/** An item of `GET /v1/quarantine`. */
export interface QuarantineCase {
  id: string
  producer: string
  reason: string
  kind: string
  count: number
  first_at: string
  last_at: string
  samples: EntryRef[]
}

export interface Sample extends EntryRef {
  /** What was received, base64; null where it was erased, or cannot be read from here. */
  content: string | null
  errors: { path: string; rule: string }[]
}

/** A case in a list. */
export function quarantineLines({ id, producer, reason, kind, count, first_at, last_at }: QuarantineCase, { style, columns }: View): string[] {
  const when = first_at === last_at ? `at ${timeOf(first_at)}` : `from ${timeOf(first_at)} to ${timeOf(last_at)}`
  return [
    ...wrapped(`${style.cyan(id)}  ${style.bold(reason)}`, columns),
    ...wrapped(style.dim(`${count.toLocaleString('en')} × ${kind} of producer ${producer}, received ${when}`), columns, '    '),
  ]
}

/** A case with its samples, as they were received. */
export function quarantinePage(found: QuarantineCase, samples: readonly Sample[], view: View): string {
  const { style, columns } = view
  return [
    ...quarantineLines(found, view),
    ...firstOf(samples, 5, (sample) => [
      '',
      style.bold(`${entryName(sample)}  received ${timeOf(sample.received_at)}`),
      ...sample.errors.slice(0, 10).flatMap(({ path, rule }) => wrapped(`${style.red('✗')} ${path === '' ? '' : `${path} `}${rule}`, columns, '  ')),
      ...(sample.content === null ? [style.dim('  its content cannot be read from here: run this where the instance runs')] : contentLines(sample.kind, Buffer.from(sample.content, 'base64'), view)),
    ]),
    '',
    ...wrapped(style.dim('Correct the producer and send the events again: what stands here stays, and is in no lineage.'), columns),
  ].join('\n')
}

const [linesMax, hexBytesMax] = [40, 256]

/** JSON indented, text as it is, anything else as hex; cut where it is long. */
export function contentLines(kind: string, content: Buffer, view: View): string[] {
  const { style } = view
  const framed = kind === 'cloudevent-binary' ? parseBinary(content) : null
  if (framed !== null) {
    return [
      ...framed.headers.map(([name, value]) => cut(`  ${style.dim(`${visible(name)}:`)} ${visible(Buffer.from(value).toString('utf8'))}`, view.columns)),
      ...contentLines('', Buffer.from(framed.value), view),
    ]
  }
  const text = textIn(content)
  const lines = text === null ? hexLines(content) : text
  const shown = lines.slice(0, linesMax).map((line) => `  ${cut(line, view.columns - 2)}`)
  return lines.length > linesMax ? [...shown, style.dim(`  … ${(lines.length - linesMax).toLocaleString('en')} more lines`)] : shown
}

function textIn(content: Buffer): string[] | null {
  let text: string
  try {
    text = new TextDecoder('utf8', { fatal: true }).decode(content)
  } catch {
    return null
  }
  try {
    return visibleJson(JSON.parse(text), 2).split('\n')
  } catch {
    return text.split('\n').map(visible)
  }
}

function hexLines(content: Buffer): string[] {
  const lines = []
  for (let at = 0; at < Math.min(content.length, hexBytesMax); at += 16) {
    const row = content.subarray(at, Math.min(at + 16, hexBytesMax))
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${row.toString('latin1').replace(/[^\x20-\x7e]/g, '.')}`)
  }
  return content.length > hexBytesMax ? [...lines, `… ${(content.length - hexBytesMax).toLocaleString('en')} more bytes`] : lines
}

import type { Lineage } from '@onbehalf/lineage'
import { cut, padded, widthOf } from '../terminal/text.ts'
import { section, type View } from './view.ts'

/** A node of `spans` in what `GET /v1/traces/{id}` answers. */
export interface SpanNode {
  span_id: string
  parent_span_id: string | null
  name: string | null
  start: string | null
  end: string | null
  status: 'unset' | 'ok' | 'error' | null
  operation: string | null
  service: string | null
  missing: boolean
  action: string | null
}

const linesMax = 200

/** The causal tree: what called what, how long it took, where the actions are, and the parents that never came. */
export function spanTree(spans: readonly SpanNode[], actions: readonly Lineage[], view: View): string[] {
  const byId = new Map(spans.map((span) => [span.span_id, span]))
  const children = Map.groupBy(spans, ({ parent_span_id }) => (parent_span_id !== null && byId.has(parent_span_id) ? parent_span_id : ''))
  const acted = new Map(actions.map((action) => [action.id, action]))
  const drawn: Drawn[] = []
  const seen = new Set<string>()
  // By hand instead of by recursion: a trace may be as deep as it is long, and spans may name each other as parents.
  const open: { span: SpanNode; lead: string; last: boolean; top: boolean }[] = []
  const push = (of: readonly SpanNode[], lead: string, top: boolean) => {
    of.toReversed().forEach((span, i) => open.push({ span, lead, last: i === 0, top }))
  }
  push(children.get('') ?? [], '', true)
  for (let at = 0; ;) {
    const next = open.pop()
    if (next === undefined) {
      // What is left goes round in a circle: it is shown from its first span on.
      while (at < spans.length && seen.has(spans[at]!.span_id)) at++
      if (at === spans.length) break
      push([spans[at]!], '', true)
      continue
    }
    const { span, lead, last, top } = next
    if (seen.has(span.span_id)) continue
    seen.add(span.span_id)
    drawn.push({ span, lead: top ? '' : `${lead}${last ? '└ ' : '├ '}` })
    push(children.get(span.span_id) ?? [], top ? '' : `${lead}${last ? '  ' : '│ '}`, false)
  }
  const lines = drawn.slice(0, linesMax).map((each) => lineOf(each, acted, view))
  if (drawn.length > linesMax) lines.push(`  … and ${(drawn.length - linesMax).toLocaleString('en')} more (--json has them all)`)
  return section('Spans', lines, view)
}

interface Drawn {
  span: SpanNode
  lead: string
}

function lineOf({ span, lead }: Drawn, actions: ReadonlyMap<string, Lineage>, { columns, style }: View): string {
  const took = span.start === null || span.end === null ? '' : durationText(Date.parse(span.end) - Date.parse(span.start))
  const action = span.action === null ? undefined : actions.get(span.action)
  const marks = [
    span.status === 'error' ? style.red('error') : null,
    action === undefined ? span.action === null ? null : style.cyan(span.action) : `${style.cyan('action')} ${action.status}`,
  ].filter((mark) => mark !== null).join(' · ')
  const name = span.missing ? style.yellow(`${span.span_id} has not been received`) : span.name ?? span.span_id
  const room = Math.max(20, columns - 2 - 10 - widthOf(marks) - 2)
  const text = span.missing ? `${lead}${name}` : cut(`${lead}${name}`, room)
  return `  ${padded(text, room)} ${took.padStart(8)}${marks === '' ? '' : `  ${marks}`}`.trimEnd()
}

/** `12 ms`, `3.4 s`, `2 min`. */
function durationText(ms: number): string {
  if (!(ms >= 0)) return ''
  return ms < 1_000 ? `${Math.round(ms)} ms` : ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`
}

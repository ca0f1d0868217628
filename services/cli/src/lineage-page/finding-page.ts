import type { EntryRef } from '@onbehalf/lineage'
import { wrapped } from '../terminal/text.ts'
import { findingLines, type FindingItem } from './findings.ts'
import { entryName, firstOf, section, table, timeOf, type View } from './view.ts'

/** What `GET /v1/findings/{id}` answers, as far as it is drawn. */
export interface FindingDocument extends FindingItem {
  doc?: string
  resolved_by?: string
  history?: { at: string; what: string; entries: EntryRef[] }[]
}

/** One finding: what is wrong, why that matters, what would resolve it, what it rests on, and what has become of it. */
export function findingPage(finding: FindingDocument, view: View): string {
  const { style, columns } = view
  const { id, doc = '', resolved_by = '', actions = [], entries, history = [] } = finding
  const paragraph = (text: string) => (text === '' ? [] : wrapped(text, columns, '  '))
  return [
    style.cyan(id),
    '',
    ...findingLines(finding, view),
    ...section('What the rule is about', paragraph(doc), view),
    ...section('What resolves it', paragraph(resolved_by), view),
    ...section('Actions that show it', firstOf(actions, 20, (action) => [`  onbehalf trace ${action}`]), view),
    ...section('Entries it rests on', table(entries.slice(0, 20).map((ref) => [entryName(ref), ref.kind, ref.producer, timeOf(ref.received_at)]), view), view),
    ...section('What has become of it', table(history.slice(-20).map(({ at, what, entries: [ref] }) => [timeOf(at), what, ...(ref === undefined ? [] : [entryName(ref)])]), view), view),
  ].join('\n')
}

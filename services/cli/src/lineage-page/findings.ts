import { severities, type EntryRef, type Finding, type Severity } from '@onbehalf/lineage'
import type { Style } from '../terminal/style.ts'
import { padded, wrapped } from '../terminal/text.ts'
import { firstOf, section, timeOf, type View } from './view.ts'

/** What an API answer has of a finding beyond what a lineage shows of it. */
export interface FindingItem extends Finding {
  /** Why it was resolved, or what found it. */
  cause?: string | null
  acknowledged?: Acknowledged | null
  /** How many things show it. */
  count?: number
  /** Ids of actions that show it. */
  actions?: string[]
  entries: EntryRef[]
}

export interface Acknowledged {
  by?: { sub: string; name?: string } | null
  at?: string | null
  accepted_until?: string | null
  reason?: string | null
  /** False when what was accepted has run out, or it has been raised again since. */
  in_force?: boolean
}

export function severityStyle(severity: Severity, { bold, red, yellow, dim }: Style): (text: string) => string {
  const styles: Record<Severity, (text: string) => string> = { critical: (text) => bold(red(text)), high: red, medium: yellow, info: dim }
  return styles[severity] ?? dim
}

const ofPageMax = 20

/** On the page of an action: what holds, the gravest first, and what did hold. */
export function findingsSections(findings: readonly Finding[], view: View): string[] {
  const open = findings.filter(({ resolved_at }) => resolved_at === null)
  const resolved = findings.filter(({ resolved_at }) => resolved_at !== null)
  return [
    ...section('Findings', firstOf(open, ofPageMax, (finding) => findingLines(finding, view)), view),
    ...section('Findings that were resolved', firstOf(resolved, ofPageMax, (finding) => findingLines(finding, view)), view),
  ]
}

const severityWidth = Math.max(...severities.map((severity) => severity.length))
const indent = ' '.repeat(2 + severityWidth + 2)

/** What is wrong, with the values at hand, and how far it may be said. One that was resolved is dimmed. */
export function findingLines(finding: FindingItem, view: View): string[] {
  const { style, columns } = view
  const { rule, severity, title, explanation, resolved_at } = finding
  const head = (paint: (text: string) => string) => {
    const [first = '', ...rest] = wrapped(`${rule}  ${title}`, columns, indent)
    return [`  ${paint(padded(severity, severityWidth))}  ${style.bold(first.trimStart())}`, ...rest.map(style.bold)]
  }
  const standing = standingOf(finding)
  const more = standing === '' ? [] : wrapped(standing, columns, indent).map(style.dim)
  if (resolved_at !== null) {
    const plain = { ...view, style: { ...style, bold: (text: string) => text } }
    return [
      `  ${padded(severity, severityWidth)}  ${wrapped(`${rule}  ${title}`, plain.columns, indent).join('\n').trimStart()}`, ...wrapped(explanation, columns, indent), ...wrapped(standing, columns, indent),
    ].flatMap((text) => text.split('\n')).map(style.dim)
  }
  return [...head(severityStyle(severity, style)), ...wrapped(explanation, columns, indent), ...more]
}

/** Since when it holds, whether it may still turn out otherwise, and who has taken note of it. */
function standingOf({ raised_at, resolved_at, provisional, cause, acknowledged, count }: FindingItem): string {
  return [
    provisional && resolved_at === null ? 'provisional: it rests on an absence that may still be filled' : null,
    raised_at === null ? 'holds, not written down yet' : `raised${provisional && resolved_at !== null ? ' provisionally' : ''} ${timeOf(raised_at)}`,
    resolved_at === null ? null : `resolved ${timeOf(resolved_at)}${cause === undefined || cause === null ? '' : `, ${cause.replaceAll('_', ' ')}`}`,
    count === undefined || count <= 1 ? null : `shown by ${count.toLocaleString('en')}`,
    acknowledgedText(acknowledged ?? null),
  ].filter((text) => text !== null).join(' · ')
}

function acknowledgedText(acknowledged: Acknowledged | null): string | null {
  if (acknowledged === null || acknowledged.in_force === false) return null
  const { by, accepted_until, reason } = acknowledged
  const who = by === undefined || by === null ? '' : ` by ${by.name ?? by.sub}`
  const what = accepted_until === undefined || accepted_until === null ? `acknowledged${who}` : `accepted until ${timeOf(accepted_until)}${who}`
  return reason === undefined || reason === null || reason === '' ? what : `${what}: ${reason}`
}

import { type EntryRef, type Leg, type LegName, legNames, type Lineage } from '@onbehalf/lineage'
import { wrapped } from '../terminal/text.ts'
import { approvalLines, chainLines, decisionLines, executionLines, outcomeLines, rolesLines } from './facts.ts'
import { findingsSections } from './findings.ts'
import { legsStrip } from './legs-strip.ts'
import { beside, clockOf, dateOf, entryName, evidenceStyle, evidenceWord, firstOf, section, table, timeOf, type View } from './view.ts'

/** One action for a tired person: the answer first, then what it rests on. */
export function actionPage(lineage: Lineage, view: View): string {
  const { style, columns } = view
  return [
    ...wrapped(lineage.summary, columns).map(style.bold),
    '',
    ...headLines(lineage, view),
    '',
    ...legsStrip(lineage.legs, view),
    ...findingsSections(lineage.findings, view),
    ...section('Missing, weak or not covered', reasonLines(lineage, view), view),
    ...section('Add next', lineage.add_next === null ? [] : wrapped(lineage.add_next, columns, '  '), view),
    ...section('Who', rolesLines(lineage, view), view),
    ...section(chainTitle(lineage), orNone(chainLines(lineage, view), lineage.legs.delegation, view), view),
    ...section('Decisions', orNone(decisionLines(lineage, view), lineage.legs.decision, view), view),
    ...section('Approvals', orNone(approvalLines(lineage, view), lineage.legs.approval, view), view),
    ...section('Execution', orNone(executionLines(lineage, view), lineage.legs.execution, view), view),
    ...section('Outcome, as others saw it', orNone(outcomeLines(lineage, view), lineage.legs.outcome, view), view),
    ...section('Could belong to several actions', ambiguousLines(lineage, view), view),
    ...entriesSection(lineage, view),
  ].join('\n')
}

function headLines(lineage: Lineage, view: View): string[] {
  const { required, present } = lineage.completeness
  const facts = [
    `${lineage.status.replace('_', ' ')}`,
    lineage.agreement === 'disagree' ? view.style.red('decision and outcome disagree') : null,
    `${present} of ${required} required legs`,
    lineage.settled ? null : 'not settled yet',
  ].filter((text) => text !== null).join(' · ')
  const where = [
    lineage.session === null ? null : `session ${lineage.session}`,
    ...lineage.traces.slice(0, 2).map((trace) => `trace ${trace}`),
    lineage.traces.length > 2 ? `and ${lineage.traces.length - 2} more traces` : null,
  ].filter((text) => text !== null)
  return [
    ...wrapped(`${view.style.cyan(lineage.id)}  ${timeOf(lineage.time)} UTC`, view.columns, '  '),
    ...wrapped(facts, view.columns, '  '),
    ...wrapped(view.style.dim(where.join(' · ')), view.columns, '  ').filter((line) => line.trim() !== ''),
    ...(lineage.purpose === null ? [] : wrapped(`purpose: ${lineage.purpose}`, view.columns, '  ')),
    ...(lineage.as_of === null ? [] : wrapped(view.style.yellow(`as of ${lineage.as_of}: what was received later is not in here`), view.columns, '  ')),
  ]
}

function chainTitle({ chain }: Lineage): string {
  return chain.length === 0 ? 'Chain of delegations' : `Chain of ${chain.length} ${chain.length === 1 ? 'delegation' : 'delegations'}`
}

/** Absence is information, unless nothing was to be expected. */
function orNone(lines: string[], { evidence }: Leg, { style }: View): string[] {
  return lines.length > 0 || evidence === 'not_required' ? lines : [style.dim('  none')]
}

/** Every leg that is not simply there, and why. */
function reasonLines({ legs }: Lineage, view: View): string[] {
  return legNames.flatMap((name) => {
    const leg = legs[name]
    const weak = leg.evidence !== 'not_required' && (leg.reason !== null || leg.self_reported || (leg.evidence !== 'observed' && leg.evidence !== 'asserted'))
    if (!weak) return []
    const why = [
      leg.reason, leg.self_reported ? 'known only from the party that acted' : null, leg.provisional ? 'it may still come' : null,
    ].filter((text) => text !== null).join('; ')
    const word = evidenceStyle(leg.evidence, view.style)(evidenceWord(leg))
    return beside(name, 10, `${word}${why === '' ? '' : `: ${why}`}`, view)
  })
}

function ambiguousLines({ ambiguous }: Lineage, view: View): string[] {
  return firstOf(ambiguous, 10, ({ kind, key, candidates }) => wrapped(`${kind} ${key}: ${candidates.length === 0 ? 'too many claim it; what is filed there belongs to none of them' : candidates.slice(0, 8).join(', ')}`, view.columns, '  '))
}

const entriesOfLegMax = 8

/** Leg by leg, the entries of the journal that it rests on; at the end those that no leg rests on. */
function entriesSection({ legs, entries }: Lineage, view: View): string[] {
  const named = legNames.map((name): [LegName | 'other', EntryRef[]] => [name, legs[name].entries])
  const used = new Set(named.flatMap(([, refs]) => refs.map(entryName)))
  const groups = [...named, ['other', entries.filter((ref) => !used.has(entryName(ref)))] as [LegName | 'other', EntryRef[]]].filter(([, refs]) => refs.length > 0)
  const days = new Set(groups.flatMap(([, refs]) => refs.map(({ received_at }) => dateOf(received_at))))
  const oneDay = days.size === 1
  const rows = groups.flatMap(([name, refs]) => [
    ...refs.slice(0, entriesOfLegMax).map((ref, i) =>
      [i === 0 ? name : '', entryName(ref), ref.kind, ref.producer, oneDay ? clockOf(ref.received_at) : timeOf(ref.received_at)]),
    ...(refs.length > entriesOfLegMax ? [['', `… ${refs.length - entriesOfLegMax} more`]] : []),
  ])
  const title = `Entries behind each leg (${oneDay ? `received ${[...days][0]}, UTC` : 'with when they were received, UTC'})`
  return section(title, table(rows, view), view)
}

import { ratePerSecond, type ArmOutcome } from './arms/arm.ts'
import type { Result } from './figures.ts'
import { median } from './statistics.ts'

/** The scoreboard, for people. */
export function resultsTable(results: readonly Result[]): string {
  return table(['#', 'figure', 'median', 'min', 'max', 'rounds', 'target', 'met', 'note'], results.map((each) => [
    each.id, each.name, number(each.value), number(each.min), number(each.max), String(each.rounds), each.target ?? '',
    !each.valid ? 'VOID' : each.met === null ? '' : each.met ? 'yes' : 'no', each.note.split('\n')[0]!,
  ]))
}

/** What each arm cost: CPU microseconds per event, and how much of the machine others used meanwhile. */
export function armsTable(outcomes: readonly ArmOutcome[]): string {
  return table(['arm', 'events/s', 'min', 'max', 'node us', 'of which', 'postgres us', 'background us', 'kafka us', 'cores', 'others'],
    [...Map.groupBy(outcomes, ({ arm }) => arm)].map(([arm, of]) => {
      const rates = of.map(ratePerSecond)
      const us = (seconds: (each: ArmOutcome) => number) => median(of.map((each) => (seconds(each) / each.events) * 1e6)).toFixed(1)
      const nodes = Object.keys(of[0]!.cpu.node)
      return [
        arm, Math.round(median(rates)).toString(), Math.round(Math.min(...rates)).toString(), Math.round(Math.max(...rates)).toString(),
        us(({ cpu }) => sum(Object.values(cpu.node))),
        nodes.length < 2 ? '' : nodes.map((name) => `${name} ${us(({ cpu }) => cpu.node[name]!)}`).join(' '),
        us(({ cpu }) => cpu.postgres), us(({ cpu }) => cpu.postgresBackground), us(({ cpu }) => cpu.kafka),
        median(of.map(({ cpu }) => (sum(Object.values(cpu.node)) + cpu.postgres + cpu.postgresBackground + cpu.kafka) / cpu.seconds)).toFixed(2),
        `${Math.round(median(of.map(({ cpu }) => cpu.others)) * 100)} %`,
      ]
    }))
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)))
  return [head, ...rows].map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ').trimEnd()).join('\n')
}

function number(value: number | null): string {
  return value === null ? '-' : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ArmName, ArmOutcome } from './arms/arm.ts'
import { armsFor, meets, resultsOf } from './figures.ts'
import { resultsTable } from './results-table.ts'
import { figureIds, readSettings } from './settings.ts'
import { median, percentile, ratios } from './statistics.ts'
import { createTelemetry } from './telemetry.ts'
import { readTelemetry, spansIn, writeTelemetry } from './telemetry-input.ts'
import { idOfSpan } from './validity/journal.ts'

describe('statistics', () => {
  test('the median is the middle value, or the mean of the two', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(() => median([])).toThrow(RangeError)
  })

  test('a percentile is a value that was measured', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1)
    expect(percentile(hundred, 99)).toBe(99)
    expect(percentile(hundred, 50)).toBe(50)
    expect(percentile([7], 99)).toBe(7)
    expect(percentile([2, 1], 0)).toBe(1)
  })

  test('ratios are of one round each', () => {
    expect(ratios(new Map([[0, 10], [1, 30], [2, 8]]), new Map([[0, 5], [1, 10]]))).toEqual([2, 3])
  })
})

describe('figures', () => {
  test('a target is an operator and a number', () => {
    expect([meets(1, '>= 1.0'), meets(0.99, '>= 1.0'), meets(0.25, '<= 0.25'), meets(250, '< 250'), meets(1, '> 1'), meets(1.01, '> 1')]).toEqual([true, false, true, false, false, true])
    expect(() => meets(1, 'about 1')).toThrow(RangeError)
  })

  test('have the shape of design/performance.md, with the median of the rounds\' ratios', () => {
    const outcomes = [outcome('append', 0, 2), outcome('append', 1, 1), outcome('append', 2, 4), outcome('bare-copy', 0, 1), outcome('bare-copy', 1, 1), outcome('bare-copy', 2, 1)]
    expect(resultsOf(['B1'], outcomes, new Map())).toEqual([{
      id: 'B1', name: 'append / bare COPY', unit: 'ratio', value: 0.5, min: 0.25, max: 1, rounds: 3, target: '>= 1.0', met: false, valid: true,
      note: 'append: 500/s, bare-copy: 1000/s',
    }])
  })

  test('say what an arm measured itself, and beside it what that was measured with', () => {
    const outcomes = [120, 80, 310].map((ms, round) => ({ ...outcome('pipeline', round, 1),
      numbers: { finding_loaded_p99_ms: ms, loaded_rate: 5_000 + round, producer_late_p99_ms: 4.04 } }))
    expect(resultsOf(['B10'], outcomes, new Map()).find(({ name }) => name === 'Kafka append to finding, half load, p99')).toEqual({
      id: 'B10', name: 'Kafka append to finding, half load, p99', unit: 'ms', value: 120, min: 80, max: 310, rounds: 3, target: '< 300', met: true, valid: true,
      note: 'open loop of 5001 events/s, its producer\'s p99 delay 4 ms',
    })
    expect(resultsOf(['history'], [{ ...outcome('history', 0, 1), numbers: { cost_ratio: 1.25 } }], new Map())).toMatchObject([{ value: 1.25, target: null, met: null }])
  })

  test('are void when one of their arms stored something else, and only they', () => {
    const outcomes = [outcome('append', 0, 1), outcome('bare-copy', 0, 2), { ...outcome('append-without-evidence', 0, 1), problems: ['journal: 999 entries of 1000'] }]
    const [b1, b5] = resultsOf(['B1', 'B5'], outcomes, new Map())
    expect(b1).toMatchObject({ valid: true, met: true, value: 2 })
    expect(b5).toMatchObject({ valid: false, met: false, value: 1, note: 'journal: 999 entries of 1000' })
  })

  test('say why where an arm did not get to its end', () => {
    const results = resultsOf(['B4'], [outcome('bare-copy', 0, 1)], new Map<ArmName, string>([['rebuild', 'rebuild: it broke']]))
    expect(results).toMatchObject([{ valid: false, met: false, value: null, rounds: 0, note: 'rebuild: it broke' }])
    expect(resultsTable(results)).toContain('VOID')
  })

  test('of telemetry are ratios to the bare COPY of the same entries, and to the official decoder', () => {
    const outcomes = [{ ...outcome('otlp-http', 0, 4), numbers: { gateway_peak_mib: 420, gateway_peak_loaded_mib: 210 } }, outcome('otlp-kafka', 0, 5), outcome('otlp-slice', 0, 0.5), outcome('otlp-decode', 0, 1), outcome('otlp-bare-copy', 0, 2)]
    expect(resultsOf(['otlp-http', 'otlp-kafka'], outcomes, new Map()).map(({ name, value, target, met }) => [name, value, target, met])).toEqual([
      ['OTLP/HTTP to journal / bare COPY', 0.5, null, null],
      ['OTLP/HTTP to journal / decoding alone', 0.25, null, null],
      ['slicing requests / decoding them', 2, '> 1', true],
      ['gateway, peak resident, one request of 64 MiB', 420, null, null],
      ['Kafka otlp_proto to journal + lineage / bare COPY', 0.4, null, null],
      ['Kafka otlp_proto to journal + lineage / decoding alone', 0.2, null, null],
    ])
  })

  test('each has the arms that it is made of', () => {
    expect(armsFor(['B1'])).toEqual(['append', 'bare-copy'])
    for (const id of figureIds) expect(armsFor([id]), id).not.toEqual([])
  })
})

describe('telemetry', () => {
  test('is the same for the same seed, and of some 800 bytes a span', () => {
    const [one, again, other] = [1, 1, 2].map((seed) => createTelemetry(seed).request(512))
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
    expect(Math.abs(one!.length / 512 - 800)).toBeLessThan(80)
  })

  test('is read back as it was written, span by span', () => {
    const dir = mkdtempSync(join(tmpdir(), 'onbehalf-bench-test-'))
    try {
      const settings = readSettings(['--events', '700', '--warmup', '5'])
      writeTelemetry(join(dir, 'telemetry'), settings, 2 << 20)
      const { warmup, measured, largest } = readTelemetry(join(dir, 'telemetry'), settings)
      const spans = [warmup, measured, [largest]].map((requests) => spansIn(requests))
      expect([warmup.length, measured.length, spans[0]!.length, spans[1]!.length]).toEqual([1, 2, 5, 700])
      expect(largest.length).toBeLessThanOrEqual(2 << 20)
      expect(largest.length).toBeGreaterThan(1 << 20)
      expect(new Set(spans.flat().map(({ value }) => idOfSpan(value))).size).toBe(spans.flat().length)
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})

describe('settings', () => {
  test('stand for themselves when nothing is said', () => {
    expect(readSettings([])).toMatchObject({ events: 200_000, warmup: 20_000, rounds: 5, batch: 5_000, partitions: 1, tenants: 1, only: figureIds })
    expect(readSettings(['--only', 'b1,B5', '--events', '50000'])).toMatchObject({ only: ['B1', 'B5'], events: 50_000, warmup: 5_000 })
    expect(readSettings(['--only', 'b10,Derive', '--growth', '10', '--steps', '2', '--dry']))
      .toMatchObject({ only: ['B10', 'derive'], history: 100_000, growth: 10, steps: 2, dry: true })
  })

  test('are refused with a sentence', () => {
    expect(() => readSettings(['--only', 'B2'])).toThrow(/must be some of B1/)
    expect(() => readSettings(['--rounds', '0'])).toThrow(/whole number from 1/)
    expect(() => readSettings(['--tenants', '3'])).toThrow(/tenant default alone/)
    expect(readSettings(['--tenants', '3', '--only', 'B1,history,otlp-kafka'])).toMatchObject({ tenants: 3 })
  })
})

/** A thousand events in so many seconds. */
function outcome(arm: ArmName, round: number, seconds: number): ArmOutcome {
  return { arm, round, events: 1_000, problems: [], numbers: {},
    cpu: { seconds, node: { arm: seconds }, postgres: 0, postgresBackground: 0, kafka: 0, others: 0 } }
}

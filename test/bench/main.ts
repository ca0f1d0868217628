/** `npm run bench`: the figures of design/performance.md as ratios inside one run. See README.md beside this file. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ratePerSecond, type ArmOutcome } from './arms/arm.ts'
import { armsFor, resultsOf } from './figures.ts'
import { writeInput } from './input.ts'
import { describeCommit, describeMachine } from './machine.ts'
import { measureNoise } from './noise.ts'
import { profilesSummary } from './profile-summary.ts'
import { resultsDir, writeResults, type Results } from './results.ts'
import { armsTable, resultsTable } from './results-table.ts'
import { runRounds } from './rounds.ts'
import { startServers } from './servers.ts'
import { readSettings, usage, type Settings } from './settings.ts'
import { median } from './statistics.ts'
import { writeTelemetry } from './telemetry-input.ts'

try {
  process.exitCode = (await bench(settingsOrExit())) ? 0 : 1
} catch (error) {
  console.error(error)
  process.exitCode = 1
}

/** Answers whether every figure is valid. */
async function bench(settings: Settings): Promise<boolean> {
  // Progress goes to stderr: stdout holds the tables, or the JSON.
  const say = (text: string) => void process.stderr.write(`${text}\n`)
  const dir = mkdtempSync(join(tmpdir(), 'onbehalf-bench-'))
  const arms = armsFor(settings.only)
  const before = measureNoise(dir)
  const servers = await startServers(dir, { kafka: arms.includes('pipeline') || arms.includes('otlp-kafka') })
  try {
    const at = new Date().toISOString()
    const commit = describeCommit()
    say(`PostgreSQL: ${Object.entries(servers.postgres.settings).map(([name, value]) => `${name}=${value}`).join(' ')}`)
    const input = join(dir, 'events')
    const sha256 = writeInput(input, settings)
    say(`input: ${settings.warmup} + ${settings.events} events per arm, sha256 ${sha256}`)
    const telemetry = join(dir, 'telemetry')
    const telemetrySha256 = arms.some((arm) => arm.startsWith('otlp-')) ? writeTelemetry(telemetry, settings) : null
    if (telemetrySha256 !== null) say(`telemetry: ${settings.warmup} + ${settings.events} spans per arm, sha256 ${telemetrySha256}`)
    const { outcomes, failures } = await runRounds(arms, { settings, input, telemetry, dir, postgres: servers.postgres, kafka: servers.kafka,
      profiles: settings.profile ? resultsDir : null }, (outcome) => say(progress(outcome)))
    for (const why of failures.values()) say(why)
    const others = outcomes.map(({ cpu }) => cpu.others)
    const { only, json: _, dry, profile, ...sizes } = settings
    const results: Results = {
      at, commit,
      machine: { ...describeMachine(), noise: { before, after: measureNoise(dir) },
        others: others.length === 0 ? { median: 0, max: 0 } : { median: percent(median(others)), max: percent(Math.max(...others)) } },
      settings: { ...sizes, profile, postgres: servers.postgres.settings },
      input_sha256: sha256,
      telemetry_sha256: telemetrySha256,
      results: resultsOf(only, outcomes, failures),
    }
    if (!dry) writeResults(results, outcomes)
    if (settings.json) console.log(JSON.stringify(results, null, 2))
    else console.log(`${resultsTable(results.results)}\n\n${armsTable(outcomes)}\n\n${noise(results)}`)
    if (settings.profile) say(profilesSummary(resultsDir))
    return results.results.every(({ valid }) => valid)
  } finally {
    await servers.stop()
  }
}

function progress(outcome: ArmOutcome): string {
  const numbers = Object.entries(outcome.numbers).map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`)
  const verdict = outcome.problems.length === 0 ? [] : [`VOID: ${outcome.problems.join('; ')}`]
  return [`round ${outcome.round + 1} ${outcome.arm}: ${Math.round(ratePerSecond(outcome))}/s`, `others ${Math.round(outcome.cpu.others * 100)} %`,
    ...numbers, ...verdict].join(', ')
}

function noise({ machine: { cpu, cores, noise: { before, after }, others } }: Results): string {
  return `machine: ${cpu}, ${cores} cores. Fixed CPU loop ${before.cpu_ms} ms before, ${after.cpu_ms} ms after; `
    + `fdatasync ${before.fsync_us} us before, ${after.fsync_us} us after; load ${before.load} before, ${after.load} after; `
    + `others used ${Math.round(others.median * 100)} % of the machine (worst arm ${Math.round(others.max * 100)} %)`
}

function percent(share: number): number {
  return Math.round(share * 1000) / 1000
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    process.exit(2)
  }
}

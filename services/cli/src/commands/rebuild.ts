import { defaultProjection, rebuild as rebuildReadModels } from '@onbehalf/projector'
import { loadConfig } from '@onbehalf/runtime'
import type { Command } from '../command.ts'
import { borrowDatabase, prepareDatabase, withBuilders } from '../instance/database.ts'

export const rebuild: Command = {
  name: 'rebuild',
  summary: 'Build the read models anew from the journal',
  arguments: [],
  about:
    'Reads the whole journal into new read models beside the live ones, which go on meanwhile, and then puts them in their place. '
    + 'The same journal gives the same read models, so it changes nothing unless they were damaged or made by another release.',
  examples: [['onbehalf rebuild', 'With its progress on the standard error; an instance may run on it or not.']],
  options: {},
  async run({ options, terminal, env }) {
    const beganAt = performance.now()
    const textOf = progressText()
    const { entries } = await borrowDatabase(loadConfig(env), env, async ({ url }) => {
      await prepareDatabase(url)
      return withBuilders(url, (clients) => rebuildReadModels({
        ...defaultProjection, ...clients, onProgress: (progress) => terminal.progress(textOf(progress)),
      }))
    })
    terminal.progress('')
    const seconds = (performance.now() - beganAt) / 1_000
    if (options['json'] !== undefined) terminal.printJson({ entries, seconds: Number(seconds.toFixed(3)) })
    else terminal.print(`The read models are rebuilt from ${entries.toLocaleString('en')} ${entries === 1 ? 'entry' : 'entries'} in ${seconds.toFixed(1)} s.`)
  },
}

/**
 * How far it is, how fast, and how long it will take: `1,200 of 5,000 entries (24 %), 800/s, about 5 s left`. The rate is that
 * of the last seconds, since what is derived again at the end is slower than what is read.
 */
export function progressText(now = () => performance.now()): (progress: { entries: number; total: number }) => string {
  const seen: { atMs: number; entries: number }[] = [{ atMs: now(), entries: 0 }]
  return ({ entries, total }) => {
    const atMs = now()
    while (seen.length > 1 && atMs - seen[1]!.atMs >= windowMs) seen.shift()
    const [from] = seen
    seen.push({ atMs, entries })
    const share = total === 0 ? 100 : Math.min(100, Math.floor((entries / total) * 100))
    const text = `${entries.toLocaleString('en')} of ${total.toLocaleString('en')} entries (${share} %)`
    if (entries >= total) return `${text}, deriving again what rests on what came later …`
    const perS = (entries - from!.entries) / Math.max(0.001, (atMs - from!.atMs) / 1_000)
    if (atMs - from!.atMs < 500 || perS <= 0) return text
    return `${text}, ${Math.round(perS).toLocaleString('en')}/s, about ${durationText((total - entries) / perS)} left`
  }
}

const windowMs = 10_000

function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`
}

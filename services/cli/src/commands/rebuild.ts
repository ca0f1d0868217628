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
    const { entries } = await borrowDatabase(loadConfig(env), env, async ({ url }) => {
      await prepareDatabase(url)
      return withBuilders(url, (clients) => rebuildReadModels({
        ...defaultProjection, ...clients, onProgress: (progress) => terminal.progress(progressText(progress)),
      }))
    })
    terminal.progress('')
    const seconds = (performance.now() - beganAt) / 1_000
    if (options['json'] !== undefined) terminal.printJson({ entries, seconds: Number(seconds.toFixed(3)) })
    else terminal.print(`The read models are rebuilt from ${entries.toLocaleString('en')} ${entries === 1 ? 'entry' : 'entries'} in ${seconds.toFixed(1)} s.`)
  },
}

export function progressText({ entries, total }: { entries: number; total: number }): string {
  const share = total === 0 ? 100 : Math.min(100, Math.floor((entries / total) * 100))
  return `${entries.toLocaleString('en')} of ${total.toLocaleString('en')} entries (${share} %)`
}

import type { Pool } from 'pg'
import { changeConfiguration, type ConfigurationChange, type ConfigurationChanged } from './change.ts'
import { readConfigurationFile } from './file.ts'
import type { FollowedRegistrations } from './follow.ts'
import { readConfiguration, type StoredConfiguration } from './read.ts'
import { ruleIds } from './rule-ids.ts'

export interface ConfigurationKeeper {
  /** The file that rules it; null: it is changed by `change`. */
  readonly file: string | null
  /** What may stand under `rules`. */
  readonly rules: readonly string[]
  /**
   * Makes what the file says hold; answers the tenants that differed, each of which has an entry now. Without a file
   * nothing is done.
   * @throws StoreError `config_document_invalid`; then nothing was changed
   */
  applyFile(): Promise<string[]>
  read(): Promise<StoredConfiguration>
  /** What it changes binds the doors of this process before it resolves. */
  change(change: ConfigurationChange): Promise<ConfigurationChanged>
}

export interface KeeperOptions {
  /** Of role writer. */
  pool: () => Pool
  file: string | null
  /** What the doors of this process go by. */
  registrations: () => FollowedRegistrations
}

/** The configuration, as a process that may change it holds it. */
export function keepConfiguration({ pool, file, registrations }: KeeperOptions): ConfigurationKeeper {
  async function change(wanted: ConfigurationChange): Promise<ConfigurationChanged> {
    const changed = await changeConfiguration(pool(), wanted)
    if (changed.outcome === 'done') await registrations().refresh()
    return changed
  }
  return {
    file,
    rules: ruleIds,
    async applyFile() {
      if (file === null) return []
      const document = readConfigurationFile(file, { rules: ruleIds })
      const changed = await change({ document, by: { iss: 'urn:onbehalf:configuration', sub: 'ONBEHALF_CONFIG_FILE', kind: 'unknown' } })
      return changed.outcome === 'done' ? changed.tenants : []
    },
    read: () => readConfiguration(pool()),
    change,
  }
}

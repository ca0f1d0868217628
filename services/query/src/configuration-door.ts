import type { ConfigurationChange, ConfigurationChanged, StoredConfiguration } from '@onbehalf/store'

/** Where the API reads the configuration of the whole instance, and changes it. */
export interface ConfigurationDoor {
  /** The file that rules it instead; null: it is changed here. */
  readonly file: string | null
  /** What may stand under `rules`. */
  readonly rules: readonly string[]
  read(): Promise<StoredConfiguration>
  /** What it changes binds the doors of this process before it resolves. */
  change(change: ConfigurationChange): Promise<ConfigurationChanged>
}

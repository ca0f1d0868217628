import { readFileSync } from 'node:fs'

/** The text of a `.sql` file that stands beside the module: `sqlFile(import.meta.url, 'sql/heads.sql')`. */
export function sqlFile(moduleUrl: string, path: string): string {
  return readFileSync(new URL(path, moduleUrl), 'utf8')
}

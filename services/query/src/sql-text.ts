import { readFileSync } from 'node:fs'

/** The text of a file in `sql/`, read once at start. */
export function sqlText(name: string): string {
  return readFileSync(new URL(`sql/${name}.sql`, import.meta.url), 'utf8')
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeJson } from '../decode-json.ts'
import { dialects } from '../dialects.ts'
import type { OtlpRecord } from '../record.ts'
import { splitOtlp } from '../split.ts'
import { keepsToTheCatalogue } from '../testing/dialect-properties.ts'

const folder = join(import.meta.dirname, 'fixtures')

/** Every record that was captured from a real package. */
const captured = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap(({ name }) =>
  readdirSync(join(folder, name)).filter((file) => file.endsWith('.json') && !file.endsWith('.truth.json')).flatMap((file) => recordsIn(readFileSync(join(folder, name, file)))))

keepsToTheCatalogue(dialects, Object.fromEntries(captured.filter(({ attributes }) => attributes.size > 0).map((record, i) => [i, record])))

test('E38: there are records to look at', () => {
  expect(captured.length).toBeGreaterThan(200)
})

function recordsIn(request: Uint8Array): OtlpRecord[] {
  const split = splitOtlp(request, 'traces', 'json', 10_000)
  if (!split.ok) return []
  return split.records.map((content) => decodeJson(content, 'traces'))
}

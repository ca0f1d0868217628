import { read } from '@onbehalf/events'
import { createPool, readHeads, readSegments, sha256Hex, type Pool } from '@onbehalf/store'
import { createTestDatabase, type TestDatabase } from '@onbehalf/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createImportLog } from './import-log.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase()
  pool = createPool({ url: database.url, role: 'reader' })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

test('that an import begins and ends are entries of the tenant\'s own log, which read as such', async () => {
  const record = createImportLog(() => pool)
  await record('acme', { type: 'import.started', data: { import_id: 'site-north/1', producer: 'north' } })
  await record('acme', { type: 'import.ended', data: { import_id: 'site-north/1', lines: 3, refused: 1 } })
  const client = await database.client('projector')
  expect((await readHeads(client)).map(({ tenant, logId }) => `${tenant}/${logId}`)).toEqual(['acme/own'])
  const statements = (await readSegments(client, 'acme', 'own', 0)).flatMap((segment) => Array.from({ length: segment.count }, (_, i) => {
    const reading = read('own', segment.entry(i).content!, { tenant: 'acme', producer: 'onbehalf', sha256: sha256Hex })
    return reading.ok ? reading.statements[0]! : null
  }))
  expect(statements.slice(1).map((statement) => [statement?.type, statement?.source, statement?.data])).toEqual([
    ['import.started', 'urn:onbehalf:gateway', { import_id: 'site-north/1', producer: 'north' }],
    ['import.ended', 'urn:onbehalf:gateway', { import_id: 'site-north/1', lines: 3, refused: 1 }],
  ])
})

test('what cannot be written down is an error, and the connection is not used again', async () => {
  const record = createImportLog(() => pool)
  await expect(record('no such tenant name', { type: 'import.started', data: { import_id: 'i', producer: 'p' } })).rejects.toThrow()
  await record('acme', { type: 'import.started', data: { import_id: 'j', producer: 'p' } })
})

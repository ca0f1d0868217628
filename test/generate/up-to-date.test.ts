import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { generateConfig, generateErrorDocs } from './config.ts'
import { generateRuleDocs } from './rules.ts'

const root = resolve(import.meta.dirname, '../..')

test('the table of variables in the README is what the code says', async () => {
  await expect(generateConfig(root, { check: true })).resolves.toBeUndefined()
})

test('the page of error codes is what the code says', async () => {
  await expect(generateErrorDocs(root, { check: true })).resolves.toBeUndefined()
})

test('the page of rules is what the rules say', async () => {
  await expect(generateRuleDocs(root, { check: true })).resolves.toBeUndefined()
})

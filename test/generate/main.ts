import { resolve } from 'node:path'
import { generateConfig, generateErrorDocs } from './config.ts'
import { generateEvents } from './events.ts'
import { generateRuleDocs } from './rules.ts'

/** `npm run generate`: writes every file that follows from the code. `--check` changes nothing and fails on a difference. */
const root = resolve(import.meta.dirname, '../..')
const check = process.argv.includes('--check')
await generateConfig(root, { check })
await generateErrorDocs(root, { check })
await generateRuleDocs(root, { check })
const differing = await generateEvents(root, { check })
if (check && differing.length > 0) throw new Error(`not what the code says; run \`npm run generate\`: ${differing.join(', ')}`)

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Makes what is published out of what `tsc -p tsconfig.build.json` has written: `node write-package.ts dist`, then
 * `npm publish ./dist`. Here `exports` names the sources, there the JavaScript; npm, unlike others, does not take
 * `exports` from `publishConfig`, so the package has a package.json of its own.
 */
const [out = 'dist'] = process.argv.slice(2)
const here = (name: string) => join(import.meta.dirname, name)
const { name, version, description, license, type, sideEffects, peerDependencies } = JSON.parse(readFileSync(here('package.json'), 'utf8')) as Record<string, unknown>

writeFileSync(join(out, 'package.json'), `${JSON.stringify({
  name, version, description, license, type, sideEffects,
  keywords: ['opentelemetry', 'ai', 'agents', 'audit', 'delegation', 'mcp'],
  exports: { '.': { types: './index.d.ts', default: './index.js' } },
  files: ['*.js', '*.d.ts', 'ATTRIBUTES.md'],
  engines: { node: '>=20' },
  peerDependencies,
}, null, 2)}\n`)
for (const document of ['README.md', 'ATTRIBUTES.md']) copyFileSync(here(document), join(out, document))
copyFileSync(here('../../LICENSE'), join(out, 'LICENSE'))

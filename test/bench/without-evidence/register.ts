/**
 * `node --import …/without-evidence/register.ts`: the journal's writer as it is, but for two modules, which are replaced
 * as they are loaded: the tree counts and hashes nothing, and sealing neither hashes nor commits. What is left is what
 * the same journal would cost if it proved nothing (B5).
 */
import { registerHooks } from 'node:module'

const replaced = new Map([
  ['/libs/ledger/src/tree.ts', import.meta.resolve('./tree.ts')],
  ['/libs/store/src/journal/seal.ts', import.meta.resolve('./seal.ts')],
])

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context)
    for (const [path, url] of replaced) if (found.url.endsWith(path)) return { ...found, url }
    return found
  },
})

import { noting, nothingKnown, nothingMissing, type Lookup } from '@onbehalf/lineage'
import { readMissing } from './known.ts'
import type { LineageSource } from './reader.ts'

/**
 * What can be made of facts, links and the latest parts of series: `make` asks for what it needs, and is called again when
 * that has been read, until it has all of it. A round for every step from one thing to the next.
 */
export async function gather<Made>(source: LineageSource, make: (known: Lookup) => Made): Promise<Made> {
  const known = nothingKnown(source.position)
  for (;;) {
    const lookup = noting(known)
    const made = make(lookup)
    if (nothingMissing(lookup.missing)) return made
    await readMissing(source.client, [{ tenant: source.tenant, known, missing: lookup.missing }], source)
  }
}

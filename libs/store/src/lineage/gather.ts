import { nothingKnown, untilComplete, type Lookup } from '@onbehalf/lineage'
import { readMissing } from './known.ts'
import type { LineageSource } from './reader.ts'

/** What can be made of facts, links and the latest parts of series; what `make` asks for is read. */
export function gather<Made>(source: LineageSource, make: (known: Lookup) => Made): Promise<Made> {
  const { client, tenant } = source
  const known = nothingKnown(source.position)
  return untilComplete(known, (missing) => readMissing(client, [{ tenant, known, missing }], source), make)
}

import { untilComplete, type Noting } from '@onbehalf/lineage'
import type { ReadMissing } from './fold.ts'
import type { TenantKnown } from './tenant-known.ts'

/** What can be made of what is known of a tenant; what is missing is read, with what the batch in hand brings, and kept. */
export function gather<Made>(tenant: string, known: TenantKnown, readMissing: ReadMissing, make: (known: Noting) => Made): Promise<Made> {
  return untilComplete(known, async (missing) => {
    await readMissing([{ tenant, known, missing }])
    known.merge(missing)
  }, make)
}

import { statementsOf } from '../mapped/told.ts'
import { structured } from '../parse.ts'
import type { ReadContext, Reading } from '../statement.ts'
import { mapAgt } from './agt.ts'
import { mapAuthzen } from './authzen.ts'
import { mapCloudtrail } from './cloudtrail.ts'
import { mapGcpAudit } from './gcp-audit.ts'
import { mapK8sAudit } from './k8s-audit.ts'
import type { Mapper } from './mapper.ts'
import { mapOpa } from './opa.ts'
import type { ForeignKind } from './split-records.ts'

const mappers: Record<ForeignKind, Mapper> = {
  opa: mapOpa,
  authzen: mapAuthzen,
  cloudtrail: mapCloudtrail,
  'gcp-audit': mapGcpAudit,
  'k8s-audit': mapK8sAudit,
  agt: mapAgt,
}

/** What one record of a foreign format says, in the words of the catalogue; possibly nothing. */
export function readForeign(kind: ForeignKind, content: Uint8Array, context: ReadContext): Reading {
  const parsed = structured(content)
  if (!parsed.ok) return parsed
  const mapped = mappers[kind](parsed.event, context)
  if (!mapped.ok) return mapped
  return { ok: true, statements: statementsOf(mapped.told, { kind, source: mapped.source, id: mapped.id }, context) }
}

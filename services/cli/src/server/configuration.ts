import type { ConfigDocument } from '@onbehalf/events'
import { nearestName, OnbehalfError } from '@onbehalf/runtime'
import { askForAnswer, type Server } from './server.ts'

/** A tenant's part of the document. */
export type TenantPart = ConfigDocument['tenants'][string]

export interface Where {
  /** Left out: the only tenant that the credential sees, else `default`. */
  tenant?: string
  /** From when on the change counts (RFC 3339). */
  effectiveFrom?: string
}

export async function readConfiguration(server: Server): Promise<{ document: ConfigDocument; etag: string }> {
  const { body, etag } = await askForAnswer(server, `${server.apiUrl}/v1/config`, { retries: 3 })
  return { document: body as ConfigDocument, etag: etag ?? '*' }
}

const attemptsMax = 10

/**
 * Reads the configuration, changes one tenant's part and writes it; should somebody else have changed it in between, again.
 * The doors go by it when this answers. Nothing is written where `edit` answers null.
 * @throws OnbehalfError `config_file_set`, `tenant_unknown`, `config_document_invalid`, `forbidden`
 */
export async function changeConfiguration(
  server: Server, { tenant: wanted, effectiveFrom }: Where, edit: (part: TenantPart) => TenantPart | null,
): Promise<{ tenant: string; before: TenantPart; now: TenantPart }> {
  const url = `${server.apiUrl}/v1/config${effectiveFrom === undefined ? '' : `?effective_from=${encodeURIComponent(effectiveFrom)}`}`
  for (let attempt = 1; ; attempt++) {
    const { document, etag } = await readConfiguration(server)
    const tenant = tenantIn(document, wanted)
    const before = document.tenants[tenant]!
    const now = edit(before)
    if (now === null) return { tenant, before, now: before }
    const body = JSON.stringify({ ...document, tenants: { ...document.tenants, [tenant]: now } })
    try {
      const headers = { 'if-match': etag, ...(wanted === undefined ? {} : { 'onbehalf-tenant': tenant }) }
      await askForAnswer(server, url, { method: 'PUT', contentType: 'application/json', headers, body, retries: 3 })
      return { tenant, before, now }
    } catch (error) {
      if (!(error instanceof OnbehalfError) || error.code !== 'precondition_failed' || attempt >= attemptsMax) throw error
    }
  }
}

/** The one that is named, else the only one that the credential sees, else `default`. */
export function tenantIn({ tenants }: ConfigDocument, named?: string): string {
  const names = Object.keys(tenants)
  const wanted = named ?? (names.length === 1 ? names[0]! : 'default')
  if (Object.hasOwn(tenants, wanted)) return wanted
  const near = nearestName(wanted, names)
  throw new OnbehalfError('tenant_unknown', `There is no tenant ${JSON.stringify(wanted)}.${near === null ? '' : ` Did you mean ${near}?`}`, { next: 'Name a tenant of the configuration document.' })
}

import { tenantOf, type Lookup } from '@onbehalf/lineage'

/** What the gateway and the embedded stream write to: any tenant may be in there. */
const everybodys = ['onbehalf.gateway', 'onbehalf.embedded']

/** Every topic that may carry a tenant. Its horizon is not beyond what has been read of all of them. */
export function topicsOf(tenant: string, known: Lookup): string[] {
  const configured = Object.keys(tenantOf(known).settings.latest.config.topics)
  return [...new Set([...everybodys, ...(tenant === 'default' ? ['onbehalf.events'] : []), ...configured])]
}

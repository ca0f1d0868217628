import { timeOf } from '../lineage-page/view.ts'
import { visible, wrapped } from '../terminal/text.ts'

/** One key, as the API shows it. */
export interface Key {
  prefix: string
  tenant: string
  roles: string[]
  producer: string | null
  name: string | null
  status: 'active' | 'expired' | 'revoked'
  created_at: string
  created_by: string
  expires_at: string | null
  revoked_at: string | null
  last_used_at: string | null
}

export interface MadeKey extends Key {
  /** Told once. */
  key: string
}

/** One line of `onbehalf key list`. */
export function keyLine(key: Key): string {
  const { prefix, name, created_at, last_used_at } = key
  return visible([
    prefix, seatOf(key), ...(name === null ? [] : [JSON.stringify(name)]), stateOf(key),
    `made ${timeOf(created_at)}`, last_used_at === null ? 'not used yet' : `last used ${timeOf(last_used_at)}`,
  ].join(' · '))
}

/** What is said of a key that was just made; the key itself is printed by itself. */
export function madeKeyPage(key: MadeKey, columns: number): string[] {
  const { prefix, tenant, producer, expires_at } = key
  const until = expires_at === null ? 'without end' : `until ${timeOf(expires_at)}`
  return [
    ...wrapped(visible(`${prefix} of tenant ${tenant}: ${seatOf(key)}, ${until}. It is shown this once; only a digest of it is kept.`), columns),
    producer === null
      ? 'Commands take it from ONBEHALF_TOKEN, programs send it as: authorization: Bearer <key>'
      : 'OpenTelemetry takes it from OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20<key>"',
  ]
}

const seatOf = ({ roles, producer }: Key): string => (producer === null ? roles.join(', ') : `producer ${producer}`)

function stateOf({ status, expires_at, revoked_at }: Key): string {
  if (status === 'revoked') return `revoked ${timeOf(revoked_at!)}`
  if (status === 'expired') return `expired ${timeOf(expires_at!)}`
  return expires_at === null ? 'without end' : `until ${timeOf(expires_at)}`
}

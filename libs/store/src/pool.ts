import pg from 'pg'

export type Role = 'writer' | 'projector' | 'reader' | 'eraser' | 'notary'

export interface PoolOptions {
  url: string
  /** Every connection of the pool acts as `onbehalf_<role>`. Left out: as the login itself, who owns the schemas. */
  role?: Role
  /** Where unqualified names are looked up: which read models. Default: the server's. */
  searchPath?: 'lineage'
  /** Connections at most. Default 10. */
  max?: number
  /** Shown in pg_stat_activity. */
  name?: string
}

/**
 * A pool whose connections have taken a role. Values arrive as: int8 a number where it is exact, else a bigint; timestamptz
 * RFC 3339 text in UTC with microseconds, as entry texts have it (a Date would lose them); bytea a Buffer.
 */
export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({ ...connection(options), max: options.max ?? 10 })
  // A connection that breaks while nobody waits for it, idle or between two queries of a transaction, is told to these
  // listeners alone, and without any Node ends the process. Whoever needs it next gets a new one, or the error.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** One connection, configured as the pool's are. */
export function createClient(options: PoolOptions): pg.Client {
  return new pg.Client(connection(options))
}

function connection(options: PoolOptions): pg.ClientConfig {
  const url = new URL(options.url)
  const settings = ['-c timezone=UTC']
  if (options.role !== undefined) settings.push(`-c role=onbehalf_${options.role}`)
  if (options.searchPath !== undefined) settings.push(`-c search_path=${options.searchPath}`)
  // A process that is stopped in mid-transaction must not hold a partition's row.
  if (options.role === 'writer') settings.push('-c transaction_timeout=10s')
  // What the URL asks for comes first, so that ours stands.
  url.searchParams.set('options', [url.searchParams.get('options'), ...settings].filter(Boolean).join(' '))
  return {
    connectionString: url.href,
    types: { getTypeParser },
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    application_name: options.name ?? `onbehalf${options.role === undefined ? '' : `-${options.role}`}`,
  }
}

/** Type parsers by OID; everything else is pg's own. */
const parsers: Record<number, (text: string) => unknown> = { 20: readInt8, 1184: readTimestamp }

const getTypeParser = ((oid: number, format?: string) =>
  (format !== 'binary' && parsers[oid]) || pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser

export function readInt8(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

/** `2026-11-24 08:15:01.25+00` -> `2026-11-24T08:15:01.250000Z`; `infinity` and `-infinity` as they are. */
export function readTimestamp(text: string): string {
  const found = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text)
  return found === null ? text : `${found[1]}T${found[2]}.${(found[3] ?? '').padEnd(6, '0')}Z`
}

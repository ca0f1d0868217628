/** A surprise of the store: `code` is stable and for programs, `details` name the object it is about. */
export class StoreError extends Error {
  readonly code: StoreErrorCode
  readonly details: Record<string, unknown>

  constructor(code: StoreErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StoreError'
    this.code = code
    this.details = details
  }
}

/** Never reused for another meaning. */
export type StoreErrorCode =
  | 'embedded_postgres_unsupported'
  | 'embedded_postgres_in_use'
  | 'embedded_postgres_unreachable'
  | 'embedded_postgres_version'
  | 'embedded_postgres_failed'
  | 'database_newer'
  | 'migration_changed'
  | 'migration_failed'
  | 'roles_missing'
  | 'journal_damaged'
  | 'journal_misuse'
  | 'writer_dead'
  | 'partition_lost'
  | 'config_document_invalid'

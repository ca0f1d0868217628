-- A new key. credentials_pk, credentials_version.
insert into access.credentials (tenant, prefix, digest, roles, producer, name, created_by, expires_at, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, access.credential_version() + 1)
on conflict (prefix) do nothing
returning tenant, prefix, roles, producer, name, created_at, created_by, expires_at, revoked_at, revoked_by, last_used_at

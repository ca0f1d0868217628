-- A page of a tenant's keys, the newest first, through row-level security. credentials_by_tenant.
select tenant, prefix, roles, producer, name, created_at, created_by, expires_at, revoked_at, revoked_by, last_used_at
from access.credentials where tenant = $1 order by created_at desc, prefix limit $2 offset $3

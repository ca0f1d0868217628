-- One key of a tenant, as it is shown. credentials_pk.
select tenant, prefix, roles, producer, name, created_at, created_by, expires_at, revoked_at, revoked_by, last_used_at
from access.credentials where tenant = $1 and prefix = $2

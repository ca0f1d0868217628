-- From now on it is nobody's. One that is revoked already stays as it is. credentials_pk.
update access.credentials
set revoked_at = clock_timestamp(), revoked_by = $3, version = access.credential_version() + 1
where tenant = $1 and prefix = $2 and revoked_at is null

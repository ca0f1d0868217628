-- Keys for those who speak and ask: what a door needs to tell whose a key is, and never the key. Like the configuration it
-- is not the journal's: a key is made and taken back here, and nothing of what it said goes with it.
create schema if not exists access;

-- `prefix` is the part of a key that is shown (`obk_` and 8 characters); `digest` is the SHA-256 of the rest, which is 256
-- random bits: there is nothing to guess, so a slow hash would protect nothing and cost every request.
-- `producer`: a key of role producer speaks as this one and no other, and may do nothing else.
-- `expires_at` null: never. `created_by`, `revoked_by`: the credential that did it.
-- `version` counts the changes of all tenants that a door must hear of; what is only used has no change.
create table access.credentials (
  tenant text collate "C" not null,
  prefix text collate "C" not null,
  digest bytea not null,
  roles text[] not null,
  producer text collate "C",
  name text,
  created_at timestamptz not null default now(),
  created_by text not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  last_used_at timestamptz,
  version bigint not null,
  constraint credentials_pk primary key (prefix),
  constraint credentials_version unique (version),
  constraint credentials_tenant check (tenant ~ '^[a-z0-9_][a-z0-9._-]{0,62}$'),
  constraint credentials_prefix check (prefix ~ '^obk_[a-z2-7]{8}$'),
  constraint credentials_digest check (octet_length(digest) = 32),
  constraint credentials_roles check (cardinality(roles) > 0 and roles <@ array['producer', 'responder', 'auditor', 'admin']),
  constraint credentials_producer check (case when 'producer' = any (roles) then cardinality(roles) = 1 and producer is not null else producer is null end),
  constraint credentials_name check (char_length(name) between 1 and 255),
  constraint credentials_revoked check ((revoked_at is null) = (revoked_by is null))
);
-- A tenant's list, the newest first.
create index credentials_by_tenant on access.credentials (tenant, created_at desc, prefix);

alter table access.credentials enable row level security;
create policy reader on access.credentials for select to onbehalf_reader
  using (tenant = current_setting('onbehalf.tenant', true));

grant usage on schema access to onbehalf_writer, onbehalf_reader;
grant select on access.credentials to onbehalf_writer;
-- All that is shown of a key. The digest is none of it.
grant select (tenant, prefix, roles, producer, name, created_at, created_by, expires_at, revoked_at, revoked_by, last_used_at)
  on access.credentials to onbehalf_reader;
-- A key's rights, owner and end are never changed: another key is made. Nobody deletes one.
grant insert on access.credentials to onbehalf_writer;
grant update (revoked_at, revoked_by, version) on access.credentials to onbehalf_writer;

-- What a door asks before it knows whose request it is. At most one row. credentials_pk.
create function access.credential(p_prefix text, out tenant text, out digest bytea, out roles text[], out producer text,
  out expires_at timestamptz, out revoked_at timestamptz) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select c.tenant, c.digest, c.roles, c.producer, c.expires_at, c.revoked_at from access.credentials c where c.prefix = p_prefix;
end;

-- Asked about once a second: which keys have changed since. Versions are given under a lock that is held until the commit,
-- so that none becomes visible after a greater one. credentials_version.
create function access.credential_changes(p_since bigint, out prefix text, out version bigint) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select c.prefix, c.version from access.credentials c where c.version > p_since order by c.version limit 10000;
end;

-- The greatest there is: what a door that begins now need not be told.
create function access.credential_version() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select coalesce(max(c.version), 0) from access.credentials c;
end;

-- That keys were used, told by doors now and then: a time that is no more than a minute newer is not written.
create function access.credentials_used(p_prefixes text[], p_times timestamptz[]) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
  update access.credentials c set last_used_at = least(u.used_at, now())
  from unnest(p_prefixes, p_times) as u (prefix, used_at)
  where c.prefix = u.prefix and (c.last_used_at is null or c.last_used_at < u.used_at - interval '1 minute');
end;

revoke execute on function access.credential, access.credential_changes, access.credential_version, access.credentials_used from public;
grant execute on function access.credential, access.credential_changes, access.credential_version, access.credentials_used
  to onbehalf_writer, onbehalf_reader;

-- The configuration as it is now, tenant by tenant: what the doors go by. The journal is the truth; a row is written in
-- the transaction that appends the tenant's `config.changed` entry, and holds what that entry says.
-- `version` counts the changes of all tenants: who knows the greatest knows them all.
-- `effective_from`: as the entry says it; null: since always if it is the tenant's first, else from its receipt.
-- `removed`: the tenant is in no document any more; what it was configured to be is over.
create table journal.configurations (
  tenant text collate "C" not null,
  version bigint not null,
  config json not null,
  removed boolean not null,
  effective_from text,
  own_index bigint not null,
  constraint configurations_pk primary key (tenant),
  constraint configurations_version unique (version),
  constraint configurations_tenant check (tenant ~ '^[a-z0-9_][a-z0-9._-]{0,62}$'),
  constraint configurations_own_index check (own_index >= 0)
);

alter table journal.configurations enable row level security;
create policy reader on journal.configurations for select to onbehalf_reader
  using (tenant = current_setting('onbehalf.tenant', true));
create policy every_tenant on journal.configurations for select to onbehalf_eraser, onbehalf_notary using (true);

grant select on journal.configurations
  to onbehalf_writer, onbehalf_projector, onbehalf_reader, onbehalf_eraser, onbehalf_notary;
grant insert, update (version, config, removed, effective_from, own_index) on journal.configurations to onbehalf_writer;

-- What every door must know before it may look into a tenant: which tenants and producers there are, and which topics
-- are whose. Nothing else of their configuration.
create function journal.registrations(out tenant text, out producers json, out topics json) returns setof record
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select c.tenant, c.config -> 'producers', c.config -> 'topics' from journal.configurations c where not c.removed;
end;

-- Asked about once a second: whether there is anything new.
create function journal.configuration_version() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select coalesce(max(c.version), 0) from journal.configurations c;
end;

revoke execute on function journal.registrations, journal.configuration_version from public;
grant execute on function journal.registrations, journal.configuration_version to onbehalf_writer, onbehalf_reader;

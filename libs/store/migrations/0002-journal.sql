-- The journal: what was received, in which order. It does not know what anything means, has no index with an event in
-- it, and is append-only by grant. Every key starts with the tenant (partitions belong to none). Names sort by byte
-- (collate "C"), here as in the programs, so that locks are taken in one order everywhere.
create schema if not exists journal;

-- The consumer's truth. `epoch` fences: raising it takes the partition from whoever had it.
-- `caught_up_at`: at this time the topic held nothing more than `next_offset`. It never decreases.
create table journal.partitions (
  topic text collate "C" not null,
  partition integer not null,
  epoch bigint not null default 0,
  next_offset bigint,
  caught_up_at timestamptz,
  end_offset bigint,
  constraint partitions_pk primary key (topic, partition),
  constraint partitions_next_offset check (next_offset >= 0)
) with (fillfactor = 50);

-- A tenant's bucket, of 64, is what a projector leases. Stored once, so that it never moves.
create table journal.tenants (
  tenant text collate "C" not null,
  bucket smallint not null,
  constraint tenants_pk primary key (tenant),
  constraint tenants_tenant check (tenant ~ '^[a-z0-9_][a-z0-9._-]{0,62}$'),
  constraint tenants_bucket check (bucket between 0 and 63)
);
create index tenants_by_bucket on journal.tenants (bucket, tenant);

-- The head of each log: its Merkle tree's size, root and peaks (32 bytes each, the largest subtree first).
-- Data logs are `<topic>/<partition>[/<generation>]`; `own` holds what Onbehalf itself says.
create table journal.logs (
  tenant text collate "C" not null,
  log_id text collate "C" not null,
  origin text not null,
  topic text collate "C",
  partition integer,
  generation integer not null default 0,
  size bigint not null,
  root_hash bytea not null,
  frontier bytea not null,
  received_at timestamptz,
  constraint logs_pk primary key (tenant, log_id),
  constraint logs_size check (size >= 0),
  constraint logs_root_hash check (octet_length(root_hash) = 32),
  constraint logs_frontier check (octet_length(frontier) = 32 * bit_count(size::bit(64))),
  constraint logs_own check ((log_id = 'own') = (topic is null) and (topic is null) = (partition is null))
) with (fillfactor = 50);
-- The logs of one partition, for its writer when it takes the partition over.
create index logs_by_partition on journal.logs (topic, partition) where topic is not null;

-- What one commit added to one log. `kinds`, `producers` and `offsets` are run-length texts (libs/store/SPEC.md).
-- `content`: count × uint32le length (0xFFFFFFFF: erased), then per entry salt(16) || bytes; `encoding` 0: as it is,
-- 1: zstd. Commitments are kept per entry, so that an erased entry's leaf can still be shown.
create table journal.segments (
  tenant text collate "C" not null,
  log_id text collate "C" not null,
  first_index bigint not null,
  count integer not null,
  received_at timestamptz not null,
  encoding smallint not null,
  kinds text not null,
  producers text not null,
  offsets text not null,
  commitments bytea not null,
  content bytea not null,
  constraint segments_pk primary key (tenant, log_id, first_index),
  constraint segments_first_index check (first_index >= 0),
  constraint segments_count check (count between 1 and 256),
  constraint segments_commitments check (octet_length(commitments) = 32 * count),
  constraint segments_encoding check (encoding in (0, 1))
);
-- It is compressed already, or random: PostgreSQL must not try.
alter table journal.segments alter content set storage external, alter commitments set storage external,
  alter offsets set storage external;

alter table journal.tenants enable row level security;
alter table journal.logs enable row level security;
alter table journal.segments enable row level security;
create policy reader on journal.tenants for select to onbehalf_reader
  using (tenant = current_setting('onbehalf.tenant', true));
create policy reader on journal.logs for select to onbehalf_reader
  using (tenant = current_setting('onbehalf.tenant', true));
create policy reader on journal.segments for select to onbehalf_reader
  using (tenant = current_setting('onbehalf.tenant', true));
create policy every_tenant on journal.tenants to onbehalf_eraser, onbehalf_notary using (true);
create policy every_tenant on journal.logs to onbehalf_eraser, onbehalf_notary using (true);
create policy every_tenant on journal.segments to onbehalf_eraser, onbehalf_notary using (true);

grant usage on schema journal
  to onbehalf_writer, onbehalf_projector, onbehalf_reader, onbehalf_eraser, onbehalf_notary;
grant select on journal.partitions, journal.tenants, journal.logs, journal.segments
  to onbehalf_writer, onbehalf_projector, onbehalf_reader, onbehalf_eraser, onbehalf_notary;
grant insert, update on journal.partitions to onbehalf_writer;
grant insert on journal.tenants, journal.logs, journal.segments to onbehalf_writer;
grant update (size, root_hash, frontier, received_at) on journal.logs to onbehalf_writer;
-- The only change a segment can ever see: salt and content go. Nobody deletes one.
grant update (content, encoding) on journal.segments to onbehalf_eraser;

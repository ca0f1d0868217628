-- Who projects which tenants. A tenant's bucket is stored once, when its first log opens (journal.tenants); all 64
-- leases exist from the start, so that taking one is always an update. `epoch` fences: a projector that lost its lease
-- rolls back. Leases live outside the read models, which can be dropped.
create table journal.leases (
  bucket smallint not null,
  epoch bigint not null default 0,
  owner text,
  lease_until timestamptz not null default '-infinity',
  constraint leases_pk primary key (bucket),
  constraint leases_bucket check (bucket between 0 and 63)
);
insert into journal.leases (bucket) select generate_series(0, 63);

-- Who is there to share the leases, with or without one: a newcomer is counted before it holds any.
create table journal.projectors (
  owner text not null,
  alive_until timestamptz not null,
  constraint projectors_pk primary key (owner)
);

-- Which schema holds the live read models, and by which version of the fold they were made.
create table journal.read_models (
  name text not null,
  fold_version text not null,
  built_at timestamptz not null default now(),
  constraint read_models_pk primary key (name)
);

grant select, update on journal.leases to onbehalf_projector;
grant select, insert, update, delete on journal.projectors to onbehalf_projector;
grant select on journal.leases, journal.read_models to onbehalf_projector, onbehalf_reader;

-- Every service asks at its start whether the schema is the one it knows.
grant select on journal.migrations
  to onbehalf_writer, onbehalf_projector, onbehalf_reader, onbehalf_eraser, onbehalf_notary;

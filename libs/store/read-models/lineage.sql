-- The read models: everything in this schema is a fold of the journal and can be dropped and rebuilt from it.
-- Run with search_path on the schema to fill: `lineage` for the live one, `lineage_next` for a rebuild beside it.

-- The index of the journal by what an entry is about. A row says which entries of one segment are filed under a key;
-- the entries themselves stay in the journal and are read from there. Rows are only inserted.
create table facts (
  tenant text collate "C" not null,
  key text collate "C" not null,
  log_id text collate "C" not null,
  first_index bigint not null,
  places smallint[] not null,
  constraint facts_pk primary key (tenant, key, log_id, first_index)
);

-- "Entries filed under `filed` also carry `key`": a weaker join key that they claim, or the trace, session or
-- delegation that they mention. What a link means is decided by the fold; here it only says where to look.
create table links (
  tenant text collate "C" not null,
  key text collate "C" not null,
  filed text collate "C" not null,
  constraint links_pk primary key (tenant, key, filed)
);

-- One row per action: what lists and searches need. The document itself is derived when it is read.
-- `part` is '' but where a tool call id was used again; then it is the id of the later action.
create table actions (
  tenant text collate "C" not null,
  key text collate "C" not null,
  part text collate "C" not null,
  time timestamptz not null,
  operation text,
  agent text,
  initiator text,
  decision text,
  status text not null,
  agreement text not null,
  required smallint not null,
  present smallint not null,
  constraint actions_pk primary key (tenant, key, part)
) with (fillfactor = 90);
-- newest first, the order of every list of actions
create index actions_by_time on actions (tenant, time desc, key desc, part desc);
-- later actions of a call id that was used again, by their own id
create index actions_by_part on actions (tenant, part) where part <> '';

-- What could not be read: one case per producer, reason and kind. `samples` are the first five by receipt.
create table quarantine (
  tenant text collate "C" not null,
  producer text collate "C" not null,
  reason text collate "C" not null,
  kind text collate "C" not null,
  count bigint not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  samples jsonb not null,
  constraint quarantine_pk primary key (tenant, producer, reason, kind)
);

-- How far each log has been read: every index below `position`.
create table cursors (
  tenant text collate "C" not null,
  log_id text collate "C" not null,
  position bigint not null,
  constraint cursors_pk primary key (tenant, log_id)
);

-- Things that changed while actions already rested on them: their rows are derived again in pages, behind the live
-- stream. `after` is the last dependent that was done.
create table stale (
  tenant text collate "C" not null,
  key text collate "C" not null,
  after text collate "C" not null,
  constraint stale_pk primary key (tenant, key)
);

grant select, insert, update, delete, truncate on facts, links, actions, quarantine, cursors, stale to onbehalf_projector;
grant select on facts, links, actions, quarantine, cursors, stale to onbehalf_reader;

alter table facts enable row level security;
alter table links enable row level security;
alter table actions enable row level security;
alter table quarantine enable row level security;
alter table cursors enable row level security;
alter table stale enable row level security;
create policy own_tenant on facts for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on links for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on actions for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on quarantine for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on cursors for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on stale for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));

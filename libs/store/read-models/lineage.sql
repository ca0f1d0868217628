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
  -- of the latest fact: what changes from a time on cannot matter to what was over before
  last_told timestamptz not null,
  operation text,
  agent text collate "C",
  -- that it reached; '' where nobody said so
  system text collate "C" not null,
  initiator text collate "C",
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

-- what an agent did, by system: the inventory, and what rests on an agent
create index actions_by_agent on actions (tenant, agent, system, time, key) where agent is not null;
-- what was done for somebody: what rests on a principal
create index actions_by_initiator on actions (tenant, initiator, time, key) where initiator is not null;

-- What the rules find: a row per finding and thing that shows it. A finding of an agent is shown on many actions.
-- `key` and `part` are an action's, or name another subject (`grant:…`, `source:…`); what is about such a subject is also
-- shown on the actions that rest on `shown_on`.
create table violations (
  tenant text collate "C" not null,
  key text collate "C" not null,
  part text collate "C" not null,
  id text collate "C" not null,
  rule text collate "C" not null,
  version smallint not null,
  severity text not null,
  explanation text not null,
  provisional boolean not null,
  time timestamptz not null,
  entries jsonb not null,
  shown_on text collate "C",
  constraint violations_pk primary key (tenant, key, part, id)
);
create index violations_by_id on violations (tenant, id, time);
create index violations_by_place on violations (tenant, shown_on) where shown_on is not null;

-- What Onbehalf's own log says of findings: when they were raised, resolved, acknowledged. A row stays for ever.
create table findings (
  tenant text collate "C" not null,
  id text collate "C" not null,
  rule text collate "C" not null,
  severity text not null,
  provisional boolean not null,
  raised_at timestamptz not null,
  resolved_at timestamptz,
  cause text,
  acknowledged jsonb,
  -- index in the own log of the last word on it
  entry bigint not null,
  constraint findings_pk primary key (tenant, id)
);
-- newest first, the order of the list
create index findings_by_time on findings (tenant, raised_at desc, id desc);
create index findings_open on findings (tenant, rule, raised_at desc) where resolved_at is null;

-- When something is to be derived again because an absence may be said by then. `clock` '' is the horizon, else the clock of
-- a producer (libs/lineage, horizon.ts).
create table dues (
  tenant text collate "C" not null,
  clock text collate "C" not null,
  at timestamptz not null,
  key text collate "C" not null,
  part text collate "C" not null,
  constraint dues_pk primary key (tenant, clock, at, key, part)
);
create index dues_by_key on dues (tenant, key, part);

-- Actions that ran under a delegation whose uses are limited.
create table uses (
  tenant text collate "C" not null,
  delegation text collate "C" not null,
  key text collate "C" not null,
  part text collate "C" not null,
  constraint uses_pk primary key (tenant, delegation, key, part)
);
create index uses_by_key on uses (tenant, key, part);

-- Runs of sequence numbers that a source has sent without a hole, both ends included; at most 64 runs of one source.
create table sequences (
  tenant text collate "C" not null,
  source text collate "C" not null,
  first bigint not null,
  last bigint not null,
  -- of the event that carries `first`: how it is written, and where it stands
  time timestamptz not null,
  text text not null,
  entry jsonb not null,
  constraint sequences_pk primary key (tenant, source, first)
);

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
-- stream. Only what was told of from `since` on can mean something else. `after` is the last dependent that was done; null
-- where all are, and the row only says so to the rest of its wave: the things below a change are gone through once,
-- whatever leads there, and cycles come to an end. The wave is the latest change that is being followed here.
create table stale (
  tenant text collate "C" not null,
  key text collate "C" not null,
  since timestamptz not null,
  after text collate "C",
  -- how many things up it is that something changed: chains are followed so far and no further
  depth smallint not null,
  wave bigint not null,
  constraint stale_pk primary key (tenant, key)
);
create index stale_open on stale (tenant, wave, key) where after is not null;
create index stale_done on stale (tenant, wave) where after is null;

grant select, insert, update, delete, truncate on facts, links, actions, violations, findings, dues, uses, sequences, quarantine, cursors, stale to onbehalf_projector;
grant select on facts, links, actions, violations, findings, dues, uses, sequences, quarantine, cursors, stale to onbehalf_reader;

alter table facts enable row level security;
alter table links enable row level security;
alter table actions enable row level security;
alter table violations enable row level security;
alter table findings enable row level security;
alter table dues enable row level security;
alter table uses enable row level security;
alter table sequences enable row level security;
alter table quarantine enable row level security;
alter table cursors enable row level security;
alter table stale enable row level security;
create policy own_tenant on facts for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on links for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on actions for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on violations for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on findings for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on dues for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on uses for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on sequences for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on quarantine for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on cursors for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));
create policy own_tenant on stale for select to onbehalf_reader using (tenant = current_setting('onbehalf.tenant', true));

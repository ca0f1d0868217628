-- Counts of `/v1/status`. $1 tenant. Both tables are small: a row per case, and per thing that changed and is not done.
select
  (select count(*) from quarantine where tenant = $1) as cases,
  (select coalesce(sum(count), 0)::bigint from quarantine where tenant = $1) as count,
  (select count(*) from stale where tenant = $1 and after is not null) as backlog,
  (select fold_version from journal.read_models where name = 'lineage') as "foldVersion"

-- Until when everything in some topics has been read, and the sizes of a tenant's data logs. $1 tenant, $2 topics.
-- Before a tick, at most once a second. Served by partitions_pk and logs_pk.
select
  (select case when bool_and(caught_up_at is not null) then (extract(epoch from min(caught_up_at)) * 1000000)::bigint::text end
   from journal.partitions where topic = any($2::text[])) as "atUs",
  (select jsonb_object_agg(tenant || '/' || log_id, size) from journal.logs where tenant = $1 and topic is not null) as sizes

-- The keys of a series, the latest first. $1 tenant, $2 its beginning, $3 what sorts behind all of it, $4 at most.
-- For ticks and heartbeats. Served by facts_pk, one probe per key: a part of a series may stand in many segments.
with recursive part (key, n) as (
  (select key, 1 from facts where tenant = $1 and key >= $2 and key < $3 order by key desc limit 1)
  union all
  select (select f.key from facts f where f.tenant = $1 and f.key >= $2 and f.key < part.key order by f.key desc limit 1), n + 1
  from part where part.key is not null and n < $4
)
select key from part where key is not null

-- Things that changed and of which something is left to do: of every tenant some, the oldest changes first, so that none
-- waits for all of another's. $1 buckets, $2 at most. `since` is text to hand back, `sinceUs` to count with (null: always).
-- For the projector, when nothing is ahead. Served by stale_open.
with recursive waiting (tenant) as (
  (select tenant from stale where after is not null order by tenant limit 1)
  union all
  select (select s.tenant from stale s where s.after is not null and s.tenant > w.tenant order by s.tenant limit 1)
  from waiting w where w.tenant is not null
)
select s.tenant, t.bucket, s.key, s.since::text, s.after, s.depth, s.wave,
  case when s.since > '-infinity' then (extract(epoch from s.since) * 1000000)::bigint::text end as "sinceUs"
from waiting w
join journal.tenants t on t.tenant = w.tenant
cross join lateral (
  select stale.*, row_number() over (order by wave, key) as n
  from stale where stale.tenant = w.tenant and after is not null order by wave, key limit $2
) s
where t.bucket = any($1::smallint[])
order by s.n, s.tenant
limit $2

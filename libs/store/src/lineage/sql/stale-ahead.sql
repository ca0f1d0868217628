-- Things that changed and what rests on them. $1 buckets, $2 things and $3 dependents of each, at most.
-- For the projector, when nothing is ahead. Served by stale_pk and links_pk, one range per thing.
select s.tenant, s.bucket, s.key, l.filed
from (
  select stale.tenant, t.bucket, stale.key, stale.after
  from stale
  join journal.tenants t on t.tenant = stale.tenant
  where t.bucket = any($1::smallint[])
  order by stale.tenant, stale.key
  limit $2
) s
left join lateral (
  select filed from links
  where links.tenant = s.tenant and links.key = s.key and links.filed > s.after
  order by filed limit $3
) l on true
order by s.tenant, s.key, l.filed

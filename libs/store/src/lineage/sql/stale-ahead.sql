-- Things that changed and of which something is left to do. $1 buckets, $2 at most.
-- For the projector, when nothing is ahead. Served by stale_pk: the table is small.
select stale.tenant, t.bucket, stale.key, stale.since::text, stale.after, stale.depth
from stale
join journal.tenants t on t.tenant = stale.tenant
where t.bucket = any($1::smallint[])
order by stale.tenant, stale.key
limit $2

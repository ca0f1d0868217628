-- Sizes and cursors of every log of the tenants in some buckets. $1 buckets.
-- For the projector, before every batch. Served by tenants_by_bucket, logs_pk and cursors_pk.
select l.tenant, t.bucket, l.log_id as "logId", l.size, coalesce(c.position, 0) as position
from journal.tenants t
join journal.logs l on l.tenant = t.tenant
left join cursors c on c.tenant = l.tenant and c.log_id = l.log_id
where t.bucket = any($1::smallint[])
order by l.tenant, l.log_id

-- The earliest that is due, per tenant and clock. $1 buckets.
-- For the projector, when nothing is ahead. Served by dues_pk, one probe per clock however much is due.
with recursive clocks (tenant, bucket, clock, at) as (
  select t.tenant, t.bucket, d.clock, d.at
  from journal.tenants t
  cross join lateral (select clock, at from dues where dues.tenant = t.tenant order by clock, at limit 1) d
  where t.bucket = any($1::smallint[])
  union all
  select c.tenant, c.bucket, d.clock, d.at
  from clocks c
  cross join lateral (select clock, at from dues where dues.tenant = c.tenant and dues.clock > c.clock order by clock, at limit 1) d
)
select tenant, bucket, clock, (extract(epoch from at) * 1000000)::bigint::text as "atUs" from clocks order by tenant, clock

-- How much is due by its clock and not yet looked at again, at most 10,000 of each clock. $1 tenant, $2 clocks, $3 times, in step.
-- For `/v1/status`. Served by dues_pk.
select count(*)::int as count
from unnest($2::text[], $3::timestamptz[]) as c (clock, until)
cross join lateral (
  select from dues where dues.tenant = $1 and dues.clock = c.clock and dues.at <= c.until limit 10000
) d

-- The clocks by which something of a tenant is due: '' is the horizon, else one per producer and delay. $1 tenant.
-- For `/v1/status`. Served by dues_pk, one probe per clock however much is due.
with recursive clocks (clock) as (
  (select clock from dues where tenant = $1 order by clock limit 1)
  union all
  select (select d.clock from dues d where d.tenant = $1 and d.clock > c.clock order by d.clock limit 1) from clocks c where c.clock is not null
)
select clock from clocks where clock is not null

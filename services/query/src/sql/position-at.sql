-- How much of each log of a tenant had been received by a time. $1 tenant, $2 time.
-- Bisects the segments of every log: received_at never decreases within one, so no index on it is needed.
-- For answers with `as_of`. Served by segments_pk, about log2(segments) probes per log.
with recursive probe (log_id, low, high) as (
  select l.log_id, 0::bigint, least(l.size, coalesce(c.position, 0))
  from journal.logs l
  left join cursors c on c.tenant = l.tenant and c.log_id = l.log_id
  where l.tenant = $1
  union all
  select p.log_id,
    case when s.received_at <= $2 then s.first_index + s.count else p.low end,
    case when s.received_at <= $2 then p.high else s.first_index end
  from probe p
  cross join lateral (
    select first_index, count, received_at from journal.segments
    where segments.tenant = $1 and segments.log_id = p.log_id and segments.first_index <= (p.low + p.high) / 2
    order by first_index desc limit 1
  ) s
  where p.low < p.high
)
select log_id as "logId", max(low) as received from probe group by log_id order by log_id

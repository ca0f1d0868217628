-- The next segments of some logs, in order, until a batch is full. $1 tenants, $2 log ids, $3 positions, $6 sizes:
-- texts joined by U+001F, in step; $4 entries and $5 bytes of a batch. A segment that starts below both is taken whole.
-- For the projector, per batch. Served by segments_pk; the content is only fetched for what is taken.
with ahead as (
  select l.tenant, l.log_id, s.first_index, s.count, s.size
  from unnest(string_to_array($1, E'\x1f'), string_to_array($2, E'\x1f'), string_to_array($3, E'\x1f')::bigint[],
    string_to_array($6, E'\x1f')::bigint[]) as l (tenant, log_id, position, size)
  cross join lateral (
    select first_index, count, pg_column_size(content) as size
    from journal.segments
    where segments.tenant = l.tenant and segments.log_id = l.log_id and segments.first_index >= l.position
      and segments.first_index < l.size
    order by first_index limit 64
  ) s
), taken as (
  select tenant, log_id, first_index from (
    select tenant, log_id, first_index,
      sum(count) over through - count as entries_before,
      sum(size) over through - size as bytes_before
    from ahead
    -- What Onbehalf itself says comes first: configuration counts before what it is about.
    window through as (order by tenant, log_id <> 'own', log_id, first_index)
  ) running
  where entries_before < $4 and bytes_before < $5
)
select s.tenant, s.log_id, s.first_index, s.count, s.received_at, s.kinds, s.producers, s.encoding, s.content
from taken t
join journal.segments s on s.tenant = t.tenant and s.log_id = t.log_id and s.first_index = t.first_index
order by s.tenant, s.log_id, s.first_index

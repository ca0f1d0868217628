-- Segments of one log in order, from the one that holds entry $3 on, until $4 entries or $5 bytes are passed (at least
-- one). Served by segments_pk: a segment holds at most 256 entries. The content is only fetched for what is taken.
select tenant, log_id, first_index, count, received_at, encoding, kinds, producers, offsets, commitments, content
from (
  select s.*,
    sum(s.count) over through - s.count as entries_before,
    sum(octet_length(s.content)) over through - octet_length(s.content) as bytes_before
  from journal.segments s
  where s.tenant = $1 and s.log_id = $2 and s.first_index > $3::bigint - 256 and s.first_index + s.count > $3
  window through as (order by s.first_index rows unbounded preceding)
  order by s.first_index
  limit 1000
) ahead
where entries_before < $4::bigint and bytes_before < $5::bigint
order by first_index

-- The segments that hold some entries. $1 tenant, $2 log ids, $3 indexes, in step.
-- For a page of entries. Served by segments_pk, one probe per entry; no content is read.
select distinct e.log_id as "logId", s.first_index as "firstIndex"
from unnest($2::text[], $3::bigint[]) as e (log_id, index)
cross join lateral (
  select first_index from journal.segments
  where segments.tenant = $1 and segments.log_id = e.log_id and segments.first_index <= e.index
  order by first_index desc limit 1
) s

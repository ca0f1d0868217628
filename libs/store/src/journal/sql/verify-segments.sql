-- Every segment of one log, in key order, page by page: whatever is there, sound or not. $3: the last first_index seen.
-- Served by segments_pk.
select tenant, log_id, first_index, count, received_at, encoding, kinds, producers, offsets, commitments, content
from journal.segments
where tenant = $1 and log_id = $2 and first_index > $3
order by first_index
limit $4

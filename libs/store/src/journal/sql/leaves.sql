-- What the leaves $3 … $4 (excluded) of a log are made from: no content. Served by segments_pk; a segment holds at most
-- 256 entries, so none that begins earlier can reach in.
select tenant, log_id, first_index, count, received_at, encoding, kinds, producers, commitments, ''::bytea as content
from journal.segments
where tenant = $1 and log_id = $2 and first_index > $3::bigint - 256 and first_index < $4
order by first_index

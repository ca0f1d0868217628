-- Where the spans of a trace stand, a row per segment, in the order of the logs. $1 tenant, $2 key, $3 log and $4 first index
-- of the row before, $5 limit. For the tree of a trace. Served by facts_pk: a page is one range of it.
select tenant, key, log_id, first_index, places
from facts
where tenant = $1 and key = $2 and (log_id, first_index) > ($3, $4)
order by log_id, first_index
limit $5

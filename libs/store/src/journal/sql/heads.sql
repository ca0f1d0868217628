-- Heads of the logs of tenant $1, or of every tenant that the role may see. Served by logs_pk.
select tenant, log_id, origin, topic, partition, generation, size, root_hash, frontier, received_at
from journal.logs
where $1::text is null or tenant = $1
order by tenant, log_id

-- Heads of the logs of partition ($1 topic, $2 partition). Served by logs_by_partition.
select tenant, log_id, origin, topic, partition, generation, size, root_hash, frontier, received_at
from journal.logs
where topic = $1 and partition = $2
order by tenant, log_id

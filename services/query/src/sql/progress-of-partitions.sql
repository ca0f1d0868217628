-- How far some partitions have been committed to the journal. $1 topics, $2 partitions, in step.
-- For `?at_least=`, while it waits. Served by partitions_pk.
select p.topic, p.partition, p.next_offset as "nextOffset"
from unnest($1::text[], $2::integer[]) as k (topic, partition)
join journal.partitions p on p.topic = k.topic and p.partition = k.partition

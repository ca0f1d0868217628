-- The partitions that a tenant has a log for, or all of them for a credential of the whole instance. $1 tenant, $2 all.
-- For `/v1/status`.
select topic, partition, next_offset, end_offset, caught_up_at
from journal.partitions p
where $2 or exists (
  select from journal.logs l where l.tenant = $1 and l.topic = p.topic and l.partition = p.partition
)
order by topic, partition

-- For each log of partition ($1, $2): what the leaves of its last, partial tile are made from. Served by segments_pk.
select s.tenant, s.log_id, s.first_index, s.count, s.received_at, s.encoding, s.kinds, s.producers, s.commitments,
  ''::bytea as content
from journal.logs l
join journal.segments s on s.tenant = l.tenant and s.log_id = l.log_id
  and s.first_index > l.size - l.size % 256 - 256 and s.first_index + s.count > l.size - l.size % 256
where l.topic = $1 and l.partition = $2
order by s.tenant, s.log_id, s.first_index

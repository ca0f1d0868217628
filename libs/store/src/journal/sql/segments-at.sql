-- Segments by their keys. $1 tenants, $2 log ids, $3 first indexes: texts joined by U+001F, in step.
-- For reads of actions and their entries. Served by segments_pk, one probe each.
select s.tenant, s.log_id, s.first_index, s.count, s.received_at, s.encoding, s.kinds, s.producers, s.offsets,
  s.commitments, s.content
from unnest(string_to_array($1, E'\x1f'), string_to_array($2, E'\x1f'), string_to_array($3, E'\x1f')::bigint[])
  as wanted (tenant, log_id, first_index)
join journal.segments s
  on s.tenant = wanted.tenant and s.log_id = wanted.log_id and s.first_index = wanted.first_index

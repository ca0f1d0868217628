-- Advances heads from the sizes that the writer knows ($3). Texts joined by U+001F, in step: $1 tenants, $2 log ids, $3
-- sizes before, $4 sizes, $5 roots and $6 peaks in hex, $7 microseconds since 1970. Served by logs_pk; HOT.
update journal.logs l
set size = n.size, root_hash = decode(n.root_hash, 'hex'), frontier = decode(n.frontier, 'hex'),
  received_at = 'epoch'::timestamptz + n.received_at * interval '1 microsecond'
from unnest(string_to_array($1, E'\x1f'), string_to_array($2, E'\x1f'), string_to_array($3, E'\x1f')::bigint[],
  string_to_array($4, E'\x1f')::bigint[], string_to_array($5, E'\x1f'), string_to_array($6, E'\x1f'),
  string_to_array($7, E'\x1f')::bigint[]) as n (tenant, log_id, size_before, size, root_hash, frontier, received_at)
where l.tenant = n.tenant and l.log_id = n.log_id and l.size = n.size_before

-- `log.opened` in the own log of each tenant ($1, joined by U+001F, sorted: locks) for its log $2 of partition ($3, $4).
select count(opened.first_index)
from unnest(string_to_array($1, E'\x1f')) as t (tenant),
  lateral journal.append_own(t.tenant, array[uuid_send(gen_random_uuid())],
    array[journal.log_opened(t.tenant, $2, $3, $4)]) as opened

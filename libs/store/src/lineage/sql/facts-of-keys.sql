-- Where the entries of some keys stand. $1 tenants, $2 keys: texts joined by U+001F, in step.
-- For the projector, per batch, and for every read of an action. Served by facts_pk, one probe per key.
select k.tenant, k.key, f.log_id, f.first_index, f.places
from unnest(string_to_array($1, E'\x1f'), string_to_array($2, E'\x1f')) as k (tenant, key)
join facts f on f.tenant = k.tenant and f.key = k.key

-- What carries some keys, at most $3 each. $1 tenants, $2 keys: texts joined by U+001F, in step.
-- For the projector, per batch, and for every read of an action. Served by links_pk, one range per key.
select k.tenant, k.key, l.filed
from unnest(string_to_array($1, E'\x1f'), string_to_array($2, E'\x1f')) as k (tenant, key)
cross join lateral (
  select filed from links where links.tenant = k.tenant and links.key = k.key order by filed limit $3
) l

-- Delegations made from some delegations, at most $3 of each. $1 tenant, $2 keys.
-- For the tree of `/v1/delegations/{id}`, once per level. Served by links_pk, one range per key.
select k.key as parent, l.filed as child
from unnest($2::text[]) with ordinality as k (key, at)
cross join lateral (
  select filed from links
  where tenant = $1 and links.key = k.key and filed > 'delegation:' and filed < 'delegation;'
  order by filed limit $3
) l
order by k.at, l.filed

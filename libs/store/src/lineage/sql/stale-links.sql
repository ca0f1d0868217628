-- What rests on some things, at most $5 each. $1 tenants, $2 keys, $3 where each goes on, $4 since when it can matter,
-- in step. An action that was over before then is passed over without being looked at.
-- For the projector, when nothing is ahead. Served by links_pk, one range per thing, and actions_pk.
select s.tenant, s.key, l.filed, a.key is null or a.last_told >= s.since as matters
from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as s (tenant, key, after, since)
cross join lateral (
  select filed from links
  where links.tenant = s.tenant and links.key = s.key and links.filed > s.after
  order by filed limit $5
) l
left join actions a on a.tenant = s.tenant and a.key = l.filed and a.part = ''
order by s.tenant, s.key, l.filed

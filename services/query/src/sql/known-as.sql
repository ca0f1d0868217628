-- Which of some keys anything was filed under or mentions. $1 tenant, $2 keys (some ten).
-- For the advice in a 404. Served by facts_pk and links_pk, two probes per key.
select k.key
from unnest($2::text[]) with ordinality as k (key, at)
where exists (select from facts where facts.tenant = $1 and facts.key = k.key)
  or exists (select from links where links.tenant = $1 and links.key = k.key)
order by k.at

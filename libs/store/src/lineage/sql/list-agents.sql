-- The agents of a tenant in the order of `iss|sub`, those that the inventory knows and those that have acted. $1 tenant,
-- $2 the last of the page before, $3 at most, $4 only those of this `sub`, as it stands at the end of `|sub`; null: all.
-- For `/v1/agents` and `/v1/coverage`. Served by actions_by_agent and facts_pk, one probe per agent however much it did.
with recursive seen (agent, n) as (
  (select agent, 1 from actions where tenant = $1 and agent > $2 order by agent limit 1)
  union all
  select (select a.agent from actions a where a.tenant = $1 and a.agent > s.agent order by a.agent limit 1), n + 1
  from seen s where s.agent is not null and n < $3
), told (key, n) as (
  (select key, 1 from facts where tenant = $1 and key > 'agent:' || $2 and key < 'agent;' order by key limit 1)
  union all
  select (select f.key from facts f where f.tenant = $1 and f.key > t.key and f.key < 'agent;' order by f.key limit 1), n + 1
  from told t where t.key is not null and n < $3
)
select agent from (select agent from seen union select substr(key, 7) from told) all_of_them
where agent is not null and ($4::text is null or right(agent, length($4) + 1) = '|' || $4)
order by agent limit $3

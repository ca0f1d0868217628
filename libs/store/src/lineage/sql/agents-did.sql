-- What some agents did: the systems that they reached, when they acted last, how many actions there are. $1 tenant, $2 agents
-- (`iss|sub`), $3 what happened until then, $4 at most so many actions of each are counted, $5 and so many systems.
-- For `/v1/agents`. Served by actions_by_agent: one probe per system, and the range that is counted.
select k.agent, r.systems, (extract(epoch from r.last) * 1000000)::bigint::text as "lastUs", c.actions
from unnest($2::text[]) with ordinality as k (agent, at)
cross join lateral (
  with recursive reached (system, n) as (
    (select a.system, 1 from actions a where a.tenant = $1 and a.agent = k.agent order by a.system limit 1)
    union all
    select (select a.system from actions a where a.tenant = $1 and a.agent = k.agent and a.system > r.system order by a.system limit 1), n + 1
    from reached r where r.system is not null and n < $5
  )
  select coalesce(array_agg(r.system order by r.system) filter (where l.last is not null), '{}') as systems, max(l.last) as last
  from reached r
  cross join lateral (
    select max(a.time) as last from actions a
    where a.tenant = $1 and a.agent = k.agent and a.system = r.system and a.time <= $3::timestamptz
  ) l
  where r.system is not null
) r
cross join lateral (
  select count(*)::int as actions
  from (select from actions a where a.tenant = $1 and a.agent = k.agent and a.time <= $3::timestamptz limit $4) s
) c
order by k.at

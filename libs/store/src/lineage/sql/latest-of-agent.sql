-- The latest actions of an agent. $1 tenant, $2 agent (`iss|sub`), $3 at most.
-- For `/v1/coverage` and the findings of an agent. Served by actions_by_agent: one range per system that it reached.
with recursive reached (system) as (
  (select a.system from actions a where a.tenant = $1 and a.agent = $2 order by a.system limit 1)
  union all
  select (select a.system from actions a where a.tenant = $1 and a.agent = $2 and a.system > r.system order by a.system limit 1)
  from reached r where r.system is not null
)
select l.key, l.part
from (select system from reached where system is not null limit 256) r
cross join lateral (
  select a.key, a.part, a.time from actions a
  where a.tenant = $1 and a.agent = $2 and a.system = r.system order by a.time desc, a.key desc limit $3
) l
order by l.time desc, l.key desc, l.part desc
limit $3

-- Open findings of some agents and of what they did, by severity. $1 tenant, $2 agents (`iss|sub`), $3 at most so many rows are
-- looked at.
-- For `/v1/agents`. Served by violations_pk and actions_pk: what holds now is no more than a person can have in hand.
select s.agent, s.severity, count(distinct s.id)::int as count
from (
  select v.id, v.severity, coalesce(a.agent, case when v.shown_on like 'agent:%' then substr(v.shown_on, 7) end) as agent
  from (select key, part, id, severity, shown_on from violations where tenant = $1 limit $3) v
  left join actions a on a.tenant = $1 and a.key = v.key and a.part = v.part
) s
where s.agent = any($2::text[])
group by s.agent, s.severity

-- How many actions carry a key (a trace, a session) themselves. $1 tenant, $2 key.
-- Once per answer that has more than one page. Served by links_pk and actions_pk.
select count(*) as actions
from links l
join actions a on a.tenant = l.tenant and a.key = l.filed
where l.tenant = $1 and l.key = $2

-- How many findings a filter has, by rule and severity. Parameters as of list-findings.sql up to $9; $10 at most so many are
-- counted.
-- For the facets of `/v1/findings`, on its first page, and for `/v1/status`. Served as the list is.
select c.rule, c.severity, count(*)::int as count
from (select f.rule, f.severity from findings f where {filter} limit $10) c
group by c.rule, c.severity
order by c.rule, c.severity

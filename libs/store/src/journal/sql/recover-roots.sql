-- For each log of partition ($1, $2): the roots of the full tiles under the partial tile of each level above the leaves.
-- Served by tiles_pk.
select t.tenant, t.log_id, t.level, t.index, t.root
from journal.logs l
cross join generate_series(0, 5) as below (level)
join ledger.tiles t on t.tenant = l.tenant and t.log_id = l.log_id and t.level = below.level
  and t.index >= (l.size >> (8 * (below.level + 2))) << 8
where l.topic = $1 and l.partition = $2
order by t.tenant, t.log_id, t.level, t.index

-- What lies beyond the head of a log, in one snapshot: segments and tiles that nothing vouches for.
select 'segment' as what, null::smallint as level, s.first_index as index
from journal.logs l
join journal.segments s on s.tenant = l.tenant and s.log_id = l.log_id and s.first_index >= l.size
where l.tenant = $1 and l.log_id = $2
union all
select 'tile', t.level, t.index
from journal.logs l
join ledger.tiles t on t.tenant = l.tenant and t.log_id = l.log_id
  and t.index >= l.size >> least(8 * (t.level + 1), 63)
where l.tenant = $1 and l.log_id = $2
limit 20

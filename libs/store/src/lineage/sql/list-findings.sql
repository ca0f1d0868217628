-- A page of findings as the own log has them, newest first, each with what the rules say of it now. The status is a
-- condition of the text, so that the open ones are found by their own index. $1 tenant, $2 rules, $3 severities, $4
-- provisional, $5 ids, $6 an agent (`iss|sub`), $7 its key, $8 keys of delegations, $9 now, $10 and $11 the last row of the
-- page before (microseconds since 1970, id), $12 at most.
-- For `/v1/findings`. Served by findings_by_time or findings_open, and for each row of the page by violations_by_id; the
-- filters by agent and delegation look at each finding on the way.
with page as (
  select f.id, f.rule, f.severity, f.provisional, f.raised_at, f.resolved_at, f.cause, f.acknowledged
  from findings f
  where {filter}
    and ($10::bigint is null or (f.raised_at, f.id) < (timestamptz 'epoch' + $10::bigint * interval '1 microsecond', $11::text))
  order by f.raised_at desc, f.id desc
  limit $12
)
select p.id, p.rule, p.severity, p.provisional, p.cause, p.acknowledged,
  to_char(p.raised_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as raised_at,
  to_char(p.resolved_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as resolved_at,
  (extract(epoch from p.raised_at) * 1000000)::bigint::text as "raisedUs",
  v.version, v.explanation, v.entries, coalesce(shown.places, '[]') as places, coalesce(shown.count, 0) as count
from page p
left join lateral (
  select version, explanation, entries from violations
  where tenant = $1 and violations.id = p.id order by time, key, part limit 1
) v on true
left join lateral (
  select count(*)::int as count, jsonb_agg(jsonb_build_array(s.key, s.part, s.shown_on) order by s.at) filter (where s.at <= 3) as places
  from (
    select key, part, shown_on, row_number() over (order by time, key, part) as at
    from violations where tenant = $1 and violations.id = p.id order by time, key, part limit 10000
  ) s
) shown on true
order by p.raised_at desc, p.id desc
